import { createServer } from 'node:net';
import { once } from 'node:events';
import { down, fixesOf, skipped, up, type Check } from '../../../src/doctor/check.js';
import type { Settings } from '../../../src/parse-settings.js';
import { listenStartError, type WantedListener } from '../../../src/shared/listen-fault.js';
import { codeOf, StartError } from '../../../src/shared/start-error.js';
import { holderOf } from './port-holder.js';

/** Could a service listen where the settings say? Each port is taken for a moment. */
export const portsCheck: Check<{ settings: Pick<Settings, 'http'> }> = {
  name: 'ports',
  title: 'The ports',
  group: 'Set-up',
  async look({ settings: { http } }) {
    const wanted: WantedListener[] = [
      { host: http.host, port: http.port, portSetting: 'PORT' },
      ...(http.operationsPort === null
        ? []
        : [{ host: http.host, port: http.operationsPort, portSetting: 'OPERATIONS_PORT' }]),
    ].filter(({ port }) => port !== 0);
    if (wanted.length === 0) return skipped('PORT is 0: any port will do.');
    const problems = (await Promise.all(wanted.map(problemWith))).filter((one) => one !== null);
    const names = wanted.map(({ port, portSetting }) => `${portSetting} ${port}`).join(' and ');
    if (problems.length === 0) return up(`Nothing listens on ${names}: a service can start.`);
    const seen = problems.map((one) => one.seen).join('; ');
    return down(`A start would fail: ${seen}.`, fixesOf(problems), {
      ports: problems.map(({ setting, holder }) => ({ setting, holder })),
    });
  },
};

async function problemWith(wanted: WantedListener) {
  const server = createServer();
  try {
    server.listen({ host: wanted.host, port: wanted.port, exclusive: true });
    await once(server, 'listening');
    server.close();
    return null;
  } catch (error) {
    const told = listenStartError(wanted, error);
    if (!(told instanceof StartError)) throw error;
    const { seen, fix, setting } = told;
    if (codeOf(error) !== 'EADDRINUSE') return { seen, fix, setting, holder: null };
    const holder = await holderOf(wanted.port);
    return {
      seen: `${seen}${holder === null ? '' : ` by ${holder}`}`,
      fix:
        holder === null
          ? `${fix} As root, \`ss -ltnp 'sport = :${wanted.port}'\` says who it is.`
          : fix,
      setting,
      holder,
    };
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const IN_PROGRESS = ['queued', 'submission-unknown', 'initiated', 'ringing', 'answered'];
/** A call that the carrier does not end in this time is left to the next start. */
const LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/**
 * Hangs up the calls in progress, by the API with user 1's key, and resolves when they are over: if
 * a stream were only cut, the carrier would ask for it again, and the call would continue after the
 * next start. A service that does not answer is stopped anyway.
 */
export async function endCalls({ http: { port, host }, store: { dataDir }, access: { apiKey } }) {
  try {
    const key = apiKey ?? readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
    const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
    const calls = `http://${name.includes(':') ? `[${name}]` : name}:${port}/api/v1/telephony/calls`;
    const headers = { Authorization: `Bearer ${key}` };
    const signal = AbortSignal.timeout(LIMIT_MS);
    const ask = async (url, method = 'GET') =>
      (await fetch(url, { method, headers, signal })).json();
    const inProgress = async () => {
      const lists = await Promise.all(
        IN_PROGRESS.map((status) => ask(`${calls}?status=${status}&limit=100`)),
      );
      return lists.flatMap(({ data }) => data.map((call) => call.workflow_run_id));
    };
    for (let ids = await inProgress(); ids.length > 0; ids = await inProgress()) {
      await Promise.all(ids.map((id) => ask(`${calls}/${id}/hangup`, 'POST')));
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
  } catch {
    // The service may not be listening yet.
  }
}

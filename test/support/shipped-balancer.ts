import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram, versionOf, type RunningProxy } from './proxy-program.js';

const SHIPPED = join(import.meta.dirname, '..', '..', 'deploy', 'haproxy', 'haproxy.cfg');

/** Null where it is not installed (Debian: `apt-get install haproxy`). */
export const HAPROXY = versionOf('haproxy', '-v');

export interface Balancer extends RunningProxy {
  /** `http://127.0.0.1:PORT` */
  url: string;
}

/**
 * HAProxy with the configuration of `deploy/haproxy`, in front of instances at these ports of this
 * machine. What differs from what is shipped: where it listens, that the servers are listed instead of
 * found by Docker's name server, and room for fewer connections, for which a user's limit of open
 * files is enough.
 */
export async function startShippedBalancer(ports: readonly number[]): Promise<Balancer> {
  const shipped = await readFile(SHIPPED, 'utf8');
  const running = await startProgram('haproxy', async (directory, port) => {
    const file = join(directory, 'haproxy.cfg');
    await writeFile(file, withAddresses(shipped, port, ports));
    return ['-db', '-f', file];
  });
  return { ...running, url: `http://127.0.0.1:${running.port}` };
}

function withAddresses(shipped: string, port: number, instances: readonly number[]): string {
  const servers = instances.map((at, index) => `  server instance-${index} 127.0.0.1:${at}`);
  const changes: Array<[RegExp, string]> = [
    [/^ {2}bind :8000$/m, `  bind 127.0.0.1:${port}`],
    [/^ {2}maxconn 20000$/m, '  maxconn 2000'],
    [/^resolvers docker\n(?:[ ].*\n)+/m, ''],
    [/ resolvers docker resolve-prefer ipv4 init-addr none$/m, ''],
    [/^ {2}server-template instance \d+ api:8000$/m, servers.join('\n')],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`the shipped configuration has no ${from}`);
    return text.replace(from, to);
  }, shipped);
}

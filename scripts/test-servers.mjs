// The PostgreSQL servers that the tests of one run share: each worker starts one, which goes on
// after the worker and ends with this process, however that ends.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

const LOOK_EVERY_MS = 50;
const END_WITHIN_MS = 30_000;

/** @param directory where servers may be kept; it is there and empty, and is deleted by `close()` */
export function keepServers(directory) {
  const servers = join(directory, 'servers');
  const alive = join(directory, 'alive');
  mkdirSync(servers);
  // A server reads from it and ends when nobody holds it open for writing any more: we do.
  let held = null;
  try {
    execFileSync('mkfifo', [alive], { stdio: 'ignore' });
    held = openSync(alive, 'r+');
  } catch {
    // Without it, each spec file starts a server of its own.
    rmSync(alive, { force: true });
  }
  const pids = () =>
    readdirSync(servers).flatMap((name) => {
      const file = join(servers, name, 'data', 'postmaster.pid');
      return existsSync(file) ? [Number(readFileSync(file, 'utf8').split('\n')[0])] : [];
    });
  return {
    /** Seconds that they have used; 0 where the system does not report it. */
    cpuSeconds: () => pids().reduce((sum, pid) => sum + cpuSecondsOf(pid), 0),
    close: async () => {
      if (held !== null) closeSync(held);
      const giveUpAt = performance.now() + END_WITHIN_MS;
      while (pids().length > 0 && performance.now() < giveUpAt) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Of a process and of its children that have ended, in seconds; only Linux reports it. */
function cpuSecondsOf(pid) {
  try {
    const [, fields] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // Fields 14 to 17 of proc(5), in hundredths of a second; the expression took two.
    const [user, system, childUser, childSystem] = fields.split(' ').slice(11, 15).map(Number);
    return (user + system + childUser + childSystem) / 100;
  } catch {
    return 0;
  }
}

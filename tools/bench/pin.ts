import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

let pinning = false;

/** From now on the server under test has the first core to itself, and the others are the generators'. Linux only. */
export function pinToCores(): void {
  if (process.platform !== 'linux' || availableParallelism() < 2) {
    throw new Error('--pin needs Linux and two cores');
  }
  pinning = true;
}

/** All threads of the process, and those that it will start. */
export function pin(pid: number, role: 'server' | 'generator'): void {
  if (!pinning) return;
  const cores = role === 'server' ? '0' : `1-${availableParallelism() - 1}`;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], {
    stdio: 'ignore',
  });
}

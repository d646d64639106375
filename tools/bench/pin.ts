import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

let pinning = false;

/** Reserves the first core for the server under test, and the other cores for the generators. Linux only. */
export function pinToCores(): void {
  if (process.platform !== 'linux' || availableParallelism() < 2) {
    throw new Error('--pin needs Linux and two cores');
  }
  pinning = true;
}

/** Applies to all threads of the process and to those that it will start. */
export function pin(pid: number, role: 'server' | 'generator'): void {
  if (!pinning) return;
  const cores = role === 'server' ? '0' : `1-${availableParallelism() - 1}`;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], {
    stdio: 'ignore',
  });
}

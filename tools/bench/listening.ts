import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 400;
const PAUSE_MS = 50;

/** Returns once a server answers HTTP, with any status. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (child.exitCode !== null) throw new Error('a server of the bench did not start');
    try {
      await (await fetch(`http://127.0.0.1:${port}/health/live`)).arrayBuffer();
      return;
    } catch {
      await sleep(PAUSE_MS);
    }
  }
  throw new Error('a server of the bench did not get ready');
}

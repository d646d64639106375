import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/shared/free-port.js';
import type { GeneratorPlan } from './plan.js';

export interface ServerUnderTest {
  pid: number;
  port: number;
  patchbay: GeneratorPlan['patchbay'];
  stop(): Promise<void>;
}

const ORIGIN = 'https://bench.example.com';
const NUMBER = '+12025550100';
/** In the source tree: it has a package.json of its own. */
const OPENAI = fileURLToPath(
  new URL('../../../../tools/bench/media/openai-agents/server.mjs', import.meta.url),
);

export const SERVERS = {
  bare: () => plain(new URL('./servers/bare.js', import.meta.url)),
  nest: () => plain(new URL('./servers/nest.js', import.meta.url)),
  'openai-agents': () => plain(OPENAI),
};

/** The third baseline has dependencies of its own, installed by hand. */
export function hasOpenAiAgents(): boolean {
  return existsSync(join(OPENAI, '..', 'node_modules'));
}

async function plain(program: URL | string): Promise<ServerUnderTest> {
  const port = await freePort();
  const child = fork(program, { env: { PATH: process.env['PATH'] ?? '', PORT: String(port) } });
  return under(child, port, null, () => Promise.resolve());
}

/** The service itself on a store of its own, with a claimed number; `maxCalls` is its limit of concurrent calls. */
export async function patchbay(maxCalls: number): Promise<ServerUnderTest> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
  const account = { accountSid: `AC${hex()}`, authToken: hex() };
  const key = hex();
  const child = fork(fileURLToPath(new URL('../../../src/main.js', import.meta.url)), {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: ORIGIN,
      DATA_DIR: directory,
      API_KEY: key,
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      TWILIO_FROM_NUMBERS: NUMBER,
      // Nobody listens there: the bench dials nobody.
      TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
      MAX_CONCURRENT_CALLS: String(maxCalls),
      LOG_LEVEL: 'silent',
      DRAIN_TIMEOUT_SECONDS: '0',
    },
    execArgv: (process.env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter(Boolean),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const server = await under(child, port, { origin: ORIGIN, number: NUMBER, ...account }, () =>
    rm(directory, { recursive: true, force: true }),
  );
  const claimed = await fetch(`http://127.0.0.1:${port}/api/v1/phone-numbers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ number: NUMBER, workflow_id: 1 }),
  });
  if (claimed.status !== 201) throw new Error(`the number was not claimed: ${claimed.status}`);
  return server;
}

async function under(
  child: ChildProcess,
  port: number,
  account: GeneratorPlan['patchbay'],
  clean: () => Promise<void>,
): Promise<ServerUnderTest> {
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await clean();
  };
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (child.exitCode !== null || attempt === 400) throw new Error('a server did not start');
      if (await answers(port)) break;
      await sleep(50);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, port, patchbay: account, stop };
}

/** Any answer will do; how long it takes tells how long the event loop is held. */
export async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/health/live`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function hex(): string {
  return randomBytes(16).toString('hex');
}

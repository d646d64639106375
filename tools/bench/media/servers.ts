import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/shared/free-port.js';
import { endChild, startChild, throwAway, throwAwayDirectory } from '../children.js';
import { listening } from '../listening.js';
import { pin } from '../pin.js';
import type { Dials, FromProbe, PatchbayAccount, ToProbe } from './plan.js';

export interface ServerUnderTest {
  pid: number;
  port: number;
  patchbay: PatchbayAccount | null;
  dials?: Dials;
  beginLag(): void;
  /** How late its event loop has been since then. */
  endLag(): Promise<FromProbe>;
  stop(): Promise<void>;
}

export interface PatchbayUnderTest extends ServerUnderTest {
  patchbay: PatchbayAccount;
  /** How it is asked to place calls. */
  dials: Dials;
}

const ORIGIN = 'https://bench.example.com';
const NUMBER = '+12025550100';
const PROBE = new URL('./probe.js', import.meta.url);
const BARE = new URL('./servers/bare.js', import.meta.url);
const BARE_CALLS = new URL('./servers/bare-calls.js', import.meta.url);
/** Its directory in the source tree; it has a package.json of its own. */
const OPENAI = new URL('../../../../tools/bench/media/openai-agents/server.mjs', import.meta.url);

export const SERVERS = {
  bare: () => plain(BARE),
  'bare-calls': bareCalls,
  nest: () => plain(new URL('./servers/nest.js', import.meta.url)),
  'openai-agents': () => plain(OPENAI),
};

/** That baseline has dependencies of its own, which are installed by hand. */
export function hasOpenAiAgents(): boolean {
  return existsSync(new URL('./node_modules', OPENAI));
}

/** The bare loop, with speech of its own. */
export function workingBare(): Promise<ServerUnderTest> {
  return plain(BARE, { BENCH_WORKING: '1' });
}

/** What one could write in an afternoon to begin calls, and the bare loop. */
async function bareCalls(): Promise<ServerUnderTest> {
  const { account, apiKey } = newKeys();
  const [port, carrierPort] = [await freePort(), await freePort()];
  const directory = await throwAwayDirectory();
  const child = startServer(BARE_CALLS, {
    PORT: String(port),
    BENCH_CALLS_ORIGIN: ORIGIN,
    BENCH_CALLS_TOKEN: account.authToken,
    BENCH_CALLS_ACCOUNT: account.accountSid,
    BENCH_CALLS_CARRIER: `http://127.0.0.1:${carrierPort}`,
    BENCH_CALLS_FILE: join(directory, 'calls.db'),
  });
  const server = await underTest(child, port, account, () => throwAway(directory));
  return { ...server, dials: { apiKey, carrierPort } };
}

async function plain(program: URL, env: Record<string, string> = {}): Promise<ServerUnderTest> {
  const port = await freePort();
  const child = startServer(program, { PORT: String(port), ...env });
  return underTest(child, port, null, () => undefined);
}

/** The service of this tree. */
export const PRESENT_SERVICE = new URL('../../../src/main.js', import.meta.url);

/** The keys of a service, which instances on one store share. */
export interface ServiceKeys {
  account: PatchbayAccount;
  apiKey: string;
}

export function newKeys(): ServiceKeys {
  return {
    account: { origin: ORIGIN, accountSid: `AC${hex()}`, authToken: hex(), number: NUMBER },
    apiKey: hex(),
  };
}

/**
 * The service itself on a store of its own, with a claimed number; `maxCalls` is its limit of
 * concurrent calls, `program` the `main.js` of any tree of ours.
 */
export async function patchbay(
  maxCalls: number,
  program: URL = PRESENT_SERVICE,
): Promise<PatchbayUnderTest> {
  const keys = newKeys();
  const server = await startPatchbay(program, keys, { MAX_CONCURRENT_CALLS: String(maxCalls) });
  try {
    await claim(server.port, keys);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** The service without a claimed number; on SQLite, unless `env` says otherwise. */
export async function startPatchbay(
  program: URL,
  { account, apiKey }: ServiceKeys,
  env: Record<string, string>,
): Promise<PatchbayUnderTest> {
  const [port, carrierPort] = [await freePort(), await freePort()];
  const directory = await throwAwayDirectory();
  const child = startServer(program, {
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: ORIGIN,
    DATA_DIR: directory,
    API_KEY: apiKey,
    TWILIO_ACCOUNT_SID: account.accountSid,
    TWILIO_AUTH_TOKEN: account.authToken,
    TWILIO_FROM_NUMBERS: NUMBER,
    // Something listens there while calls are placed.
    TWILIO_API_BASE_URL: `http://127.0.0.1:${carrierPort}`,
    TWILIO_CALLS_PER_SECOND: '1000',
    API_REQUESTS_PER_MINUTE: '100000',
    LOG_LEVEL: 'silent',
    DRAIN_TIMEOUT_SECONDS: '0',
    ...env,
  });
  const server = await underTest(child, port, account, () => throwAway(directory));
  return { ...server, dials: { apiKey, carrierPort } };
}

/** Claims the account's number for a workflow: the first one, whose agent is `echo`, unless told otherwise. */
export async function claim(port: number, keys: ServiceKeys, workflowId = 1): Promise<void> {
  await create(port, keys, 'phone-numbers', { number: NUMBER, workflow_id: workflowId });
}

/** Asks the service's own interface for something new. @throws Error when it is refused */
export async function create(
  port: number,
  { apiKey }: ServiceKeys,
  what: 'phone-numbers' | 'workflows',
  body: Record<string, unknown>,
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const told: unknown = await response.json();
  if (response.status !== 201) throw new Error(`${what} answered ${response.status}`);
  return told;
}

/** BENCH_SERVER_FLAGS are Node's, such as `--cpu-prof --cpu-prof-dir=profiles`. */
function startServer(program: URL, env: Record<string, string>): ChildProcess {
  const flags = (process.env['BENCH_SERVER_FLAGS'] ?? '').split(' ').filter(Boolean);
  return startChild(program, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    execArgv: ['--import', PROBE.href, ...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function underTest<A extends PatchbayAccount | null>(
  child: ChildProcess,
  port: number,
  account: A,
  clean: () => void,
): Promise<ServerUnderTest & { patchbay: A }> {
  const tell = (message: ToProbe): void => void child.send(message);
  const stop = async (): Promise<void> => {
    await endChild(child);
    clean();
  };
  try {
    await listening(child, port);
    pin(child.pid ?? 0, 'server');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    port,
    patchbay: account,
    beginLag: () => tell('begin'),
    endLag: async () => {
      const answer = once(child, 'message');
      tell('end');
      const [lag] = (await answer) as [FromProbe];
      return lag;
    },
    stop,
  };
}

function hex(): string {
  return randomBytes(16).toString('hex');
}

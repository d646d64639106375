import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { Instance } from '../../src/cluster/instance.js';
import { parseSettings } from '../../src/parse-settings.js';
import type { Database } from '../../src/database/database.js';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { SystemClock } from '../../src/shared/clock.js';
import { PinoLog } from '../../src/shared/logger.js';
import { FirstStart } from '../../src/tenants/first-start.js';
import { SettingsKey } from '../../src/tenants/settings-key.js';
import { SettingsKeys } from '../../src/tenants/settings-keys.js';
import { signWebhook } from '../carrier/signing/signature.js';
import { freePort } from '../../src/shared/free-port.js';
import { endChild, startChild, throwAway, throwAwayDirectory } from './children.js';
import { listening } from './listening.js';
import { send, type LoadResult, type SignedPost } from './load.js';

const ORIGIN = 'https://bench.example.com';
const NUMBER = '+12025550100';
const TOKEN = randomBytes(16).toString('hex');
const ACCOUNT = `AC${randomBytes(16).toString('hex')}`;
const STATUSES = ['initiated', 'ringing', 'in-progress', 'completed'];
const CALLS = 1_500;
const CONCURRENCY = 64;
/** Requests whose figures are dropped, so that neither side is measured while its code is still being compiled. */
const WARM_UP = 400;

export interface WebhookBench {
  store: 'SQLite' | 'PostgreSQL';
  patchbay: LoadResult;
  baseline: LoadResult;
  ratio: number;
}

/**
 * Measures signed status callbacks, verified and durable when acknowledged, and a bare
 * Express handler on the same kind of store, one after the other in one run.
 */
export async function benchWebhooks(databaseUrl: string | null): Promise<WebhookBench> {
  const directory = await throwAwayDirectory();
  try {
    const settings = {
      PUBLIC_URL: ORIGIN,
      DATA_DIR: directory,
      API_KEY: randomBytes(24).toString('hex'),
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_FROM_NUMBERS: NUMBER,
      LOG_LEVEL: 'silent',
      MAX_CONCURRENT_CALLS: '100000',
      ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
    };
    const runs = await prepareRuns(settings, databaseUrl, directory);
    const posts = runs.flatMap(callbacksOf);
    const patchbay = await measure(
      '../../src/main.js',
      (port) => ({ ...settings, PORT: String(port), HOST: '127.0.0.1' }),
      posts,
    );
    const baseline = await measure(
      './baseline-webhooks.js',
      (port) => ({
        BASELINE_PORT: String(port),
        BASELINE_TOKEN: TOKEN,
        BASELINE_ORIGIN: ORIGIN,
        BASELINE_FILE: join(directory, 'baseline.db'),
        ...(databaseUrl === null ? {} : { BASELINE_DATABASE_URL: databaseUrl }),
      }),
      posts,
    );
    return {
      store: databaseUrl === null ? 'SQLite' : 'PostgreSQL',
      patchbay,
      baseline,
      ratio: patchbay.perSecond / baseline.perSecond,
    };
  } finally {
    throwAway(directory);
  }
}

interface BenchRun {
  runId: number;
  callSid: string;
}

/** Creates calls as if they had been placed, so that every callback finds its run. */
async function prepareRuns(
  env: Record<string, string>,
  databaseUrl: string | null,
  directory: string,
): Promise<BenchRun[]> {
  const database: Database =
    databaseUrl === null ? new SqliteDatabase(directory) : new PostgresDatabase(databaseUrl);
  const clock = new SystemClock();
  const log = new PinoLog('silent');
  const { access, store } = parseSettings(env);
  await database.open();
  try {
    const settingsKey = new SettingsKey(access, store, log);
    const settingsKeys = new SettingsKeys(database, new Instance(), clock, log);
    await new FirstStart(database, settingsKey, settingsKeys, clock, log).onModuleInit();
    const ledger = new CallLedger(database, new CallFeed(), clock, { silenceMs: 3_600_000 });
    const runs: BenchRun[] = [];
    // Each must be saved within the store's deadline, so they are not created all at once.
    while (runs.length < CALLS) {
      runs.push(...(await Promise.all(Array.from({ length: 50 }, () => createRun(ledger)))));
    }
    return runs;
  } finally {
    await database.close();
  }
}

async function createRun(ledger: CallLedger): Promise<BenchRun> {
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  const result = await ledger.create({
    run: {
      workflowId: 1,
      userId: 1,
      direction: 'outbound',
      provider: 'twilio',
      accountKey: 'twilio',
      accountId: ACCOUNT,
      simulated: false,
      providerCallId: callSid,
      from: NUMBER,
      to: '+12025550143',
      context: {},
      agent: 'echo',
      agentOptions: {},
      recording: false,
      recordingNotice: null,
      bargeIn: false,
      onFailure: null,
      publicOrigin: ORIGIN,
      ringTimeoutSeconds: 60,
      maxDurationSeconds: 3_600,
      machineDetection: null,
    },
    idempotency: null,
    limits: { total: CALLS * 1_000, perUser: null },
    queue: null,
    begin: () => undefined,
  });
  if (result.kind !== 'created') throw new Error('a run of the bench was not created');
  return { runId: result.run.runId, callSid };
}

function callbacksOf({ runId, callSid }: BenchRun): SignedPost[] {
  const path = `/api/v1/telephony/status-callback/${runId}`;
  return STATUSES.map((status, sequence) => {
    const fields: Record<string, string> = {
      CallSid: callSid,
      AccountSid: ACCOUNT,
      CallStatus: status,
      SequenceNumber: String(sequence),
      Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
      CallbackSource: 'call-progress-events',
      Direction: 'outbound-api',
      From: NUMBER,
      Caller: NUMBER,
      To: '+12025550143',
      Called: '+12025550143',
      ApiVersion: '2010-04-01',
      ...(status === 'completed' ? { CallDuration: '12', SipResponseCode: '200' } : {}),
    };
    return {
      path,
      host: new URL(ORIGIN).host,
      signature: signWebhook(`${ORIGIN}${path}`, fields, TOKEN),
      body: new URLSearchParams(fields).toString(),
    };
  });
}

async function measure(
  program: string,
  env: (port: number) => Record<string, string>,
  posts: readonly SignedPost[],
): Promise<LoadResult> {
  const port = await freePort();
  const child = startChild(new URL(program, import.meta.url), {
    env: { PATH: process.env['PATH'] ?? '', ...env(port) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await listening(child, port);
    await send(port, posts.slice(0, WARM_UP), CONCURRENCY);
    return await send(port, posts.slice(WARM_UP), CONCURRENCY);
  } finally {
    await endChild(child);
  }
}

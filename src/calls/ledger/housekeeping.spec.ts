import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ledgerBench,
  SetClock,
  statusCallback,
  type LedgerBench,
} from '../../../test/support/ledger-builders.js';
import { listeningLog, type LogLine } from '../../../test/support/listening-log.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { RecordingSettings, RetentionSettings, StoreSettings } from '../../config/settings.js';
import type { Log } from '../../shared/logger.js';
import { Instance } from '../../cluster/instance.js';
import { StoreLeases } from '../../cluster/store-leases.js';
import { EventDeliveries } from '../events-out/event-deliveries.js';
import { Housekeeping } from './housekeeping.js';
import { Recordings } from '../recordings/recordings.js';
import { SegmentNotes } from '../recordings/segment-notes.js';
import { SegmentRows } from '../recordings/segment-rows.js';
import { AesSealer } from '../../shared/sealing/aes-sealer.js';
import { Handovers } from '../streams/handovers.js';
import { Transcripts } from '../transcripts/transcripts.js';
import { StreamTokens } from '../streams/stream-tokens.js';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const DAY_MS = 86_400_000;

let store: TestStore;
let bench: LedgerBench;
let clock: SetClock;
let log: Log;
let lines: LogLine[];

beforeEach(async () => {
  store = await sqliteStores.create();
  clock = new SetClock(NOW);
  bench = await ledgerBench(store.database, clock);
  ({ log, lines } = listeningLog());
});
afterEach(() => store.remove());

const dataDir = () => store.env['DATA_DIR'] ?? '';

function housekeeping(
  retention = new RetentionSettings({ payloadDays: 30, recordingDays: 7 }),
  tokens = new StreamTokens(store.database, clock),
): Housekeeping {
  return new Housekeeping(
    store.database,
    bench.keys,
    tokens,
    new Handovers(store.database, new AesSealer(null), clock),
    new EventDeliveries(store.database, bench.leases, clock),
    recordings(),
    new Transcripts(store.database, bench.ledger, recordings()),
    bench.leases,
    retention,
    clock,
    log,
  );
}

const recordings = () =>
  new Recordings(
    new SegmentRows(store.database, bench.leases),
    new SegmentNotes(store.database, bench.leases),
    new Instance(),
    new StoreSettings({ dataDir: dataDir() }),
    new RecordingSettings(),
    log,
  );

/** Makes a recording of a release before segments that was last written `ageMs` ago; `unerasable`: a folder in its place. */
async function recording(
  runId: number,
  ageMs: number,
  { unerasable = false, bytes = 1_000 } = {},
): Promise<void> {
  const directory = join(dataDir(), 'recordings');
  const path = join(directory, `${runId}.wav`);
  await mkdir(unerasable ? path : directory, { recursive: true });
  const inside = unerasable ? join(path, 'x') : path;
  await writeFile(inside, Buffer.alloc(bytes));
  const then = new Date(NOW.getTime() - ageMs);
  await utimes(path, then, then);
}
const recordingFiles = () => readdir(join(dataDir(), 'recordings'));

/** Makes a run whose raw fields arrived `ageMs` ago. */
async function payloadFrom(ageMs: number) {
  clock.time = new Date(NOW.getTime() - ageMs);
  const run = await bench.run();
  await bench.ledger.change({ runId: run.runId }, (draft) =>
    draft?.record(statusCallback('ringing', 1, { payload: { From: 'somebody' } })),
  );
  clock.time = NOW;
  return async () => (await bench.ledger.events(run.runId)).map(({ payload }) => payload);
}

describe('idempotency keys', () => {
  it('are deleted after a day, not before', async () => {
    await bench.ledger.create(bench.request({}, { idempotency: { key: 'k', bodyHash: 'h' } }));
    const known = () => bench.keys.find(bench.userId, 'k');
    clock.advance(DAY_MS);
    await housekeeping().sweep();
    expect(await known()).not.toBeNull();
    clock.advance(1);
    await housekeeping().sweep();
    expect(await known()).toBeNull();
  });
});

describe('raw fields', () => {
  it('are dropped after their days, not before', async () => {
    const old = await payloadFrom(30 * DAY_MS + 1);
    const young = await payloadFrom(30 * DAY_MS);
    await housekeeping().sweep();
    expect(await old()).toEqual([null]);
    expect(await young()).toEqual([{ From: 'somebody' }]);
    clock.time = NOW;
    await housekeeping(new RetentionSettings({ payloadDays: 29 })).sweep();
    expect(await young()).toEqual([null]);
  });

  it('are dropped however many there are', async () => {
    const old = await payloadFrom(31 * DAY_MS);
    const [event] = await store.database.read((db) =>
      db.selectFrom('call_events').selectAll().execute(),
    );
    if (!event) throw new Error('no event');
    const { event_id: _, ...row } = event;
    await store.database.write(async (trx) => {
      for (let batch = 0; batch < 5; batch += 1) {
        const rows = Array.from({ length: 500 }, () => ({ ...row, dedupe_key: null }));
        await trx.insertInto('call_events').values(rows).execute();
      }
    });
    await housekeeping().sweep();
    expect(new Set(await old())).toEqual(new Set([null]));
  });
});

describe('recordings', () => {
  it('are erased after their days, not before', async () => {
    await recording(1, 7 * DAY_MS + 1_000);
    await recording(2, 7 * DAY_MS - 1_000);
    await housekeeping().sweep();
    expect(await recordingFiles()).toEqual(['2.wav']);
  });

  it('are erased although nothing but a header was written', async () => {
    await recording(1, 7 * DAY_MS + 1_000, { bytes: 44 });
    await housekeeping().sweep();
    expect(await recordingFiles()).toEqual([]);
  });

  it('in segments are erased too, by the one instance that sweeps', async () => {
    const { runId } = await bench.run();
    const made = recordings();
    const startedAt = NOW.getTime() - 7 * DAY_MS - 1_000;
    const writer = made.writer({ runId, generation: 1, startedAt });
    await writer.append(Buffer.alloc(4_000));
    await writer.close();
    await made.stop();
    expect(await recordingFiles()).toEqual([String(runId)]);
    const other = new StoreLeases(store.database, new Instance());
    await other.beat();
    await other.takeJob('housekeeping', DAY_MS);
    await housekeeping().sweep();
    expect(await recordingFiles()).toEqual([String(runId)]);
    await other.leave();
    await housekeeping().sweep();
    expect(await recordingFiles()).toEqual([]);
  });

  it('are kept for ever where no days are set', async () => {
    await recording(1, 900 * DAY_MS);
    await housekeeping(new RetentionSettings({ payloadDays: 30 })).sweep();
    expect(await recordingFiles()).toEqual(['1.wav']);
  });

  it('that cannot be erased are logged, and do not stop the rest of the sweep', async () => {
    await recording(1, 8 * DAY_MS, { unerasable: true });
    await recording(2, 8 * DAY_MS);
    const old = await payloadFrom(31 * DAY_MS);
    await housekeeping().sweep();
    expect(await recordingFiles()).toEqual(['1.wav']);
    expect(await old()).toEqual([null]);
    expect(lines).toMatchObject([
      { event: 'housekeeping.failed', what: 'recordings', workflow_run_id: 1 },
    ]);
  });
});

describe('the audit log', () => {
  const left = async () => {
    const rows = await store.database.read((db) =>
      db.selectFrom('audit_log').select('http_status').orderBy('audit_id').execute(),
    );
    return rows.map((row) => row.http_status);
  };
  const audit = (ages: number[]) =>
    store.database.write(async (trx) => {
      const line = { user_id: 1, key_id: 1, action: 'a', subject: '{}' };
      const rows = ages.map((age, at) => {
        return { ...line, http_status: at, created_at: NOW.getTime() - age };
      });
      while (rows.length > 0)
        await trx.insertInto('audit_log').values(rows.splice(0, 500)).execute();
    });

  it('loses what is older than its days, however much that is', async () => {
    const [old, young] = [10 * DAY_MS + 1, 10 * DAY_MS];
    await audit([...Array.from({ length: 1_500 }, () => old), young, old, young]);
    await housekeeping(new RetentionSettings({ payloadDays: 30, auditDays: 10 })).sweep();
    expect(await left()).toEqual([1_500, 1_502]);
  });

  it('is kept for good where no days are set', async () => {
    await audit([9_000 * DAY_MS]);
    await housekeeping().sweep();
    expect(await left()).toEqual([0]);
  });
});

describe('what cannot be swept', () => {
  it('is logged, and the rest is swept', async () => {
    const old = await payloadFrom(31 * DAY_MS);
    const tokens = { sweep: () => Promise.reject(new Error('no')) } as unknown as StreamTokens;
    await housekeeping(undefined, tokens).sweep();
    expect(await old()).toEqual([null]);
    expect(lines).toMatchObject([{ event: 'housekeeping.failed', what: 'stream_tokens' }]);
  });
});

describe('tokens and deliveries', () => {
  it('are deleted when they are spent and old', async () => {
    const run = await bench.run();
    clock.time = new Date(NOW.getTime() - 31 * DAY_MS);
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.mintToken({ tokenHash: 'h', providerCallId: 'CA1', expiresAt: clock.now() }),
    );
    await store.database.write(async (trx) => {
      await trx
        .insertInto('webhook_endpoints')
        .values({
          user_id: bench.userId,
          workflow_id: null,
          url: 'https://a.example',
          secret: 's',
          types: '[]',
          enabled: 1,
          created_at: 0,
        })
        .execute();
      await trx
        .insertInto('webhook_deliveries')
        .values({
          endpoint_id: 1,
          run_id: run.runId,
          message_id: 'm',
          type: 'call.finished',
          body: '{}',
          state: 'delivered',
          attempts: 1,
          due_at: null,
          last_status: 200,
          last_error: null,
          created_at: clock.now().getTime(),
          delivered_at: clock.now().getTime(),
        })
        .execute();
    });
    clock.time = NOW;
    await housekeeping().sweep();
    const count = (table: 'stream_tokens' | 'webhook_deliveries') =>
      store.database.read((db) => db.selectFrom(table).selectAll().execute());
    expect(await count('stream_tokens')).toEqual([]);
    expect(await count('webhook_deliveries')).toEqual([]);
  });
});

it('one instance sweeps, and another one takes over when that is gone', async () => {
  const old = await payloadFrom(31 * DAY_MS);
  const other = new StoreLeases(store.database, new Instance());
  await other.beat();
  expect(await other.takeJob('housekeeping', DAY_MS)).toBe(true);
  await housekeeping().sweep();
  expect(await old()).toEqual([{ From: 'somebody' }]);
  await other.leave();
  await housekeeping().sweep();
  expect(await old()).toEqual([null]);
});

it('nothing is swept once the service stops', async () => {
  const old = await payloadFrom(31 * DAY_MS);
  const one = housekeeping();
  one.onApplicationBootstrap();
  await one.beforeApplicationShutdown();
  await one.sweep();
  expect(await old()).toEqual([{ From: 'somebody' }]);
});

it('a stop waits for the sweep under way', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const state = { begun: false };
  const tokens = {
    sweep: () => {
      state.begun = true;
      return held;
    },
  } as unknown as StreamTokens;
  const one = housekeeping(undefined, tokens);
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  try {
    one.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    // The sweep is claimed in the store before it begins.
    while (!state.begun) await new Promise((next) => setImmediate(next));
    let stopped = false;
    const stopping = one.beforeApplicationShutdown().then(() => (stopped = true));
    await new Promise((next) => setImmediate(next));
    expect(stopped).toBe(false);
    release();
    expect(await stopping).toBe(true);
  } finally {
    jest.useRealTimers();
  }
});

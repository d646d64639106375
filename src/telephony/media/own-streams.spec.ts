import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { until } from '../../../test/support/patience.js';
import { streamLedger } from '../../../test/support/stream-ledgers.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import {
  LiveSessions,
  type LiveSession,
  type SessionEnd,
} from '../../calls/streams/live-sessions.js';
import type { Database } from '../../database/database.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { OwnStreams } from './own-streams.js';

let store: TestStore;
let bench: ControlBench;
const told: string[] = [];

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  told.length = 0;
});
afterEach(() => store.remove());

it('after a time without the store, streams that others took over are closed, lost ones kept, and the rest left alone', async () => {
  const sessions = new LiveSessions();
  const ledger = streamLedger({ ...bench, database: store.database });
  const begin = async (name: string, seen = 0, runId?: number) => {
    const run = runId ?? (await bench.dialledRun()).runId;
    const stream = await ledger.begin(run, name, { kind: 'claimed', seen });
    if (stream.kind !== 'begun') throw new Error(stream.reason);
    return stream.run;
  };
  const session = (name: string, runId: number, generation: number): void =>
    sessions.add({
      runId,
      generation,
      end: (cause: SessionEnd) => void told.push(`${name} ${cause}`),
      keep: () => void told.push(`${name} kept`),
    } as unknown as LiveSession);

  const untouched = await begin('MZ1');
  session('untouched', untouched.runId, 1);
  const taken = await begin('MZ2');
  session('taken', taken.runId, 1);
  await begin('MZ3', 1, taken.runId);
  const lost = await begin('MZ4');
  session('lost', lost.runId, 1);
  await ledger.close(lost, streamSummary('lost'));
  // Whose beginning is still being written.
  session('new', (await bench.dialledRun()).runId, 0);

  const cluster = new FakeCluster();
  let isAway = true;
  const database = Object.create(store.database, {
    read: {
      value: async (work: Parameters<Database['read']>[0]) => {
        if (!isAway) return store.database.read(work);
        isAway = false;
        throw new StoreUnavailableError('away once more');
      },
    },
  }) as Database;
  const own = new OwnStreams(database, cluster, sessions, bench.log);
  own.onModuleInit();
  cluster.unfence();
  await until(() => told.length === 2);
  expect(told.sort()).toEqual(['lost kept', 'taken taken-over']);
  own.beforeApplicationShutdown();
});

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { ledgerBench, type LedgerBench } from '../../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { SegmentNotes } from './segment-notes.js';

let store: TestStore;
let bench: LedgerBench;
let notes: SegmentNotes;
let write: jest.SpiedFunction<TestStore['database']['write']>;
const commits = () => write.mock.calls.length;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await ledgerBench(store.database);
  notes = new SegmentNotes(store.database, bench.leases);
  write = jest.spyOn(store.database, 'write');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await store.remove();
});

it('the first note is written at once, and those that follow closely share a commit', async () => {
  const [one, other, erased] = [await bench.run(), await bench.run(), await bench.run()];
  await bench.ledger.change({ runId: erased.runId }, (draft) => draft?.erase());
  const key = (runId: number, n = 0) => ({ runId, generation: 1, n });
  const before = commits();
  expect(await notes.register(key(one.runId), 0, 'a')).toBe('open');
  expect(commits()).toBe(before + 1);
  const told = Promise.all([
    notes.register(key(one.runId, 1), 0, 'b'),
    notes.register(key(other.runId), 0, 'c'),
    notes.register(key(erased.runId), 0, 'd'),
    notes.register(key(4_711), 0, 'e'),
  ]);
  const stored = Promise.all([
    notes.stored(key(one.runId), 240_000),
    notes.stored(key(one.runId, 1), 8_000),
    notes.stored(key(other.runId, 7), 8_000),
  ]);
  expect(await told).toEqual(['open', 'open', 'erased', 'unknown']);
  expect(await stored).toEqual([true, true, false]);
  expect(commits()).toBe(before + 2);
  const rows = await store.database.read((db) =>
    db.selectFrom('recording_segments').select(['run_id', 'n', 'samples', 'state']).execute(),
  );
  expect(rows).toEqual([
    { run_id: one.runId, n: 0, samples: 240_000, state: 'stored' },
    { run_id: one.runId, n: 1, samples: 8_000, state: 'stored' },
    { run_id: other.runId, n: 0, samples: 0, state: 'open' },
  ]);
  expect(await notes.register(key(one.runId), 0, 'a')).toBe('stored');
});

it('a commit that fails fails all of its notes, and the next is tried', async () => {
  const { runId } = await bench.run();
  const key = { runId, generation: 1, n: 0 };
  write.mockRejectedValueOnce(new StoreUnavailableError('away'));
  const both = [notes.register(key, 0, 'a'), notes.stored({ ...key, n: 1 }, 1)];
  const results = await Promise.allSettled(both);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await notes.register(key, 0, 'a')).toBe('open');
});

it('at a stop nothing waits for others', async () => {
  const { runId } = await bench.run();
  await notes.register({ runId, generation: 1, n: 0 }, 0, 'a');
  notes.hurry();
  const before = commits();
  for (let n = 1; n < 4; n += 1) await notes.register({ runId, generation: 1, n }, 0, 'a');
  expect(commits()).toBe(before + 3);
});

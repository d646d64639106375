import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { ledgerBench, type LedgerBench } from '../../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';

let store: TestStore;
let bench: LedgerBench;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await ledgerBench(store.database);
});
afterEach(() => store.remove());

const dial = () =>
  bench.ledger.create(bench.request({}, { queue: { perSecond: 1, patienceMs: 60_000 } }));

it('leaves no run whose turn in the queue of dials cannot be written', async () => {
  const made = await dial();
  expect(made).toMatchObject({ kind: 'created', run: { status: 'queued' } });
  await store.database.write((trx) =>
    sql`
      create trigger full_disk before insert on dial_turns
      begin select raise(abort, 'the disk is full'); end`.execute(trx),
  );
  await expect(dial()).rejects.toThrow('the disk is full');
  const runs = await store.database.read((db) => db.selectFrom('runs').select('run_id').execute());
  expect(runs).toHaveLength(1);
});

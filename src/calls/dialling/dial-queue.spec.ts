import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { Leases } from '../../cluster/leases.js';
import { DialQueue } from './dial-queue.js';

let store: TestStore;
let bench: ControlBench;
beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
});
afterEach(() => store.remove());

it('an instance that could not renew its lease claims no dial until it has', async () => {
  await bench.run();
  const now = bench.clock.now();
  const createdAfter = new Date(now.getTime() - 60_000);
  const request = { account: bench.carrier, now, createdAfter, leadMs: 0 };
  const { leases } = bench;
  const fenced = Object.create(leases, { fenced: { value: true } }) as Leases;
  expect(await new DialQueue(store.database, fenced).claim(request)).toEqual({ kind: 'empty' });
  expect(await new DialQueue(store.database, leases).claim(request)).toMatchObject({
    kind: 'claimed',
    dials: [{}],
  });
});

import { expect, test } from '@jest/globals';
import { Circuits } from '../../src/calls/dialling/circuits.js';
import type { TestStore } from '../support/stores.js';

/** Each object stands for one at an instance of its own. */
export function circuitsContract(store: () => TestStore): void {
  const instances = (): [Circuits, Circuits] => [
    new Circuits(store().database),
    new Circuits(store().database),
  ];
  /** As if its minute were over. */
  const passMinute = (): Promise<unknown> =>
    store().database.write((trx) =>
      trx.updateTable('account_circuits').set({ open_until: 1 }).execute(),
    );

  test('failures are counted over all instances, and the fifth opens the circuit for all', async () => {
    const [here, there] = instances();
    const opened = await Promise.all(
      [here, there, here, there].map((one) => one.failed('a', 'refused')),
    );
    expect(opened).toEqual([false, false, false, false]);
    expect(await here.choose(['a', 'b'])).toBe(0);
    expect(await there.failed('a', 'no money')).toBe(true);
    expect(await there.failed('a', 'no money')).toBe(false);
    for (const one of [here, there]) expect(await one.choose(['a', 'b'])).toBe(1);
    await here.refresh();
    expect(here.failing()).toEqual([{ account: 'a', state: 'open', reason: 'no money' }]);
  });

  test('an accepted dial closes it for all, wherever the failures were', async () => {
    const [here, there] = instances();
    for (let nth = 0; nth < 5; nth += 1) await here.failed('a', 'refused');
    await there.refresh();
    expect(await there.succeeded('a')).toBe(true);
    expect(await here.choose(['a', 'b'])).toBe(0);
    await here.refresh();
    expect(here.failing()).toEqual([]);
    expect(await here.failed('a', 'refused')).toBe(false);
    expect(await here.succeeded('a')).toBe(false);
  });

  test('of many calls at once, one tries an account again, over all instances', async () => {
    const [here, there] = instances();
    for (let nth = 0; nth < 5; nth += 1) await here.failed('a', 'refused');
    await passMinute();
    const chosen = await Promise.all(
      [here, there, here, there, here, there].map((one) => one.choose(['a', 'b'])),
    );
    expect(chosen.filter((nth) => nth === 0)).toHaveLength(1);
    await there.failed('a', 'refused');
    expect(await here.choose(['a', 'b'])).toBe(1);
  });

  test('no call waits for an account where all circuits are open', async () => {
    const [here] = instances();
    for (const account of ['a', 'b']) {
      for (let nth = 0; nth < 5; nth += 1) await here.failed(account, 'refused');
    }
    expect(await here.choose(['b', 'a'])).toBe(0);
    expect(await here.choose(['a', 'b', 'c'])).toBe(2);
  });
}

import { expect, test } from '@jest/globals';
import { FailedSignIns } from '../../src/operations/console/failed-sign-ins.js';
import { SignInTickets } from '../../src/operations/console/sign-in-tickets.js';
import type { TestStore } from '../support/stores.js';

/** Each object stands for one at an instance of its own. */
export function signInsContract(store: () => TestStore): void {
  const instances = <T>(Kind: new (database: TestStore['database']) => T): [T, T] => [
    new Kind(store().database),
    new Kind(store().database),
  ];

  test('a ticket that one instance made signs in once, at whichever instance it is used', async () => {
    const [here, there] = instances(SignInTickets);
    const [mine, other] = [await here.issue(), await here.issue()];
    expect(mine).toMatch(/^[\w-]{43}$/);
    const uses = await Promise.all([there, here, there].map((one) => one.redeem(mine)));
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect([await here.redeem(other), await there.redeem('made-up')]).toEqual([true, false]);
  });

  test('a ticket is valid for a quarter of an hour by the store’s clock, and is then swept', async () => {
    const { database } = store();
    const [here, there] = instances(SignInTickets);
    const ticket = await here.issue();
    const rows = () =>
      database.read((db) =>
        db
          .selectFrom('sign_in_tickets')
          .select(({ eb }) => eb('expires_at', '-', database.engine.now()).as('left'))
          .execute(),
      );
    const [row] = await rows();
    expect(row?.left).toBeGreaterThan(14 * 60_000);
    expect(row?.left).toBeLessThanOrEqual(15 * 60_000);
    await database.write((trx) =>
      trx.updateTable('sign_in_tickets').set({ expires_at: database.engine.now() }).execute(),
    );
    expect(await there.redeem(ticket)).toBe(false);
    await there.issue();
    expect(await rows()).toHaveLength(1);
  });

  test('failures of an address are counted over all instances, and a right key signs in all the same', async () => {
    const [here, there] = instances(FailedSignIns);
    const fail = (at: FailedSignIns, address: string) =>
      at.attempt(address, () => Promise.resolve(null));
    for (let count = 0; count < 10; count += 1) await fail(count % 2 ? here : there, '192.0.2.1');
    for (const at of [here, there]) {
      const refused = fail(at, '192.0.2.1');
      await expect(refused).rejects.toMatchObject({ code: 'rate_limited' });
      expect(await at.attempt('192.0.2.1', () => Promise.resolve('user'))).toBe('user');
      expect(await fail(at, '192.0.2.2')).toBeNull();
    }
  });

  test('those of all addresses together are limited too, at every instance, and begin anew', async () => {
    const { database } = store();
    const [here, there] = instances(FailedSignIns);
    const failAt = (at: FailedSignIns, host: number) =>
      at.attempt(`192.0.2.${host}`, () => Promise.resolve(null));
    for (let host = 0; host < 100; host += 1) await failAt(host % 2 ? here : there, host);
    await expect(failAt(here, 200)).rejects.toMatchObject({ code: 'rate_limited' });
    await expect(failAt(there, 201)).rejects.toMatchObject({ code: 'rate_limited' });
    // What is over its limit is not written down again and again.
    const count = () =>
      database.read((db) =>
        db.selectFrom('failed_sign_ins').select('source').orderBy('source').execute(),
      );
    const before = await count();
    await expect(failAt(here, 202)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await count()).toEqual(before);
    await database.write((trx) =>
      trx.updateTable('failed_sign_ins').set({ ends_at: database.engine.now() }).execute(),
    );
    const [fresh] = instances(FailedSignIns);
    expect(await failAt(fresh, 1)).toBeNull();
    // The windows that are over are swept.
    expect(await count()).toHaveLength(2);
  });
}

import { expect, test } from '@jest/globals';
import type { Database } from '../../src/database/database.js';
import { StoreUnavailableError } from '../../src/database/store-errors.js';
import { newMessage, withMessage, type AlertBook } from '../../src/doctor/alerts/alert-book.js';
import { AlertBooks } from '../../src/doctor/alerts/alert-books.js';
import type { TestStore } from '../support/stores.js';

const told = (id: string, at: number) => (book: AlertBook) =>
  withMessage(
    book,
    newMessage(
      { id, at, kind: 'news', news: [], simulated: false, instance: 'api-1', alone: false },
      ['webhook'],
    ),
  );
const idsIn = ({ messages }: AlertBook): string[] => messages.map(({ id }) => id);

/** Each object stands for one at an instance of its own. */
export function alertsContract(store: () => TestStore): void {
  test('what several instances note in the book of alerts at once is all there', async () => {
    const instances = [1, 2, 3].map(() => new AlertBooks(store().database));
    await Promise.all(instances.map((one, n) => one.change(told(`m${n}`, n))));
    // One that was never quick enough has its own in memory until it is asked again.
    for (const one of instances) await one.read();
    expect(idsIn(await new AlertBooks(store().database).read())).toEqual(['m0', 'm1', 'm2']);
  });

  test('what is noted while the store is away is in the book when it is back', async () => {
    const { database } = store();
    let isAway = false;
    const line = {
      read: (work: Parameters<Database['read']>[0]) => asked(() => database.read(work)),
      write: (work: Parameters<Database['write']>[0]) => asked(() => database.write(work)),
    } as unknown as Database;
    const asked = <T>(work: () => Promise<T>): Promise<T> =>
      isAway ? Promise.reject(new StoreUnavailableError('away')) : work();
    const [here, there] = [new AlertBooks(line), new AlertBooks(database)];

    await here.change(told('before', 1));
    isAway = true;
    expect(idsIn(await here.read())).toEqual(['before']);
    expect(idsIn(await here.change(told('alone', 2)))).toEqual(['before', 'alone']);
    await there.change(told('elsewhere', 3));
    isAway = false;
    expect(idsIn(await here.read())).toEqual(['before', 'alone', 'elsewhere']);
    expect(idsIn(await there.read())).toEqual(['before', 'alone', 'elsewhere']);
  });
}

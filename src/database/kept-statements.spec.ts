import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { sql, type RawBuilder } from 'kysely';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { KeptStatements } from './kept-statements.js';

interface Row {
  source: string;
  failures: number;
  ends_at: number | RawBuilder<number>;
}

let store: TestStore;
let built: number[];
beforeEach(async () => {
  store = await sqliteStores.create();
  built = [];
});
afterEach(() => store.remove());

const inserts = (endsAt: (index: number) => Row['ends_at'] = (index) => index) => {
  const kept = new KeptStatements();
  return (sources: readonly string[], failures: number) =>
    store.database.write((trx) => {
      const all: Row[] = sources.map((source, index) => ({
        source,
        failures,
        ends_at: endsAt(index),
      }));
      return kept.write<{ source: string }>(trx, 'insert', all, () => {
        built.push(all.length);
        return trx
          .insertInto('failed_sign_ins')
          .values(all)
          .onConflict((conflict) =>
            conflict
              .column('source')
              .doUpdateSet((eb) => ({ failures: eb.ref('excluded.failures') })),
          )
          .returning('source');
      });
    });
};
const rows = () =>
  store.database.read((db) =>
    db.selectFrom('failed_sign_ins').selectAll().orderBy('source').execute(),
  );

it('a statement that writes rows is built once for each number of rows, and writes the values of each time', async () => {
  const insert = inserts();
  expect(await insert([], 0)).toEqual([]);
  expect(await insert(['a'], 1)).toEqual([{ source: 'a' }]);
  await insert(['b', 'c'], 2);
  await insert(['c'], 3);
  await insert(['d', 'a'], 4);
  expect(built).toEqual([1, 2]);
  expect((await rows()).map(({ source, failures }) => [source, failures])).toEqual([
    ['a', 4],
    ['b', 2],
    ['c', 3],
    ['d', 4],
  ]);
});

it('expressions are part of the text', async () => {
  const insert = inserts((index) => sql<number>`${sql.lit(10)} + ${sql.lit(index)}`);
  await insert(['a', 'b'], 1);
  await insert(['c', 'd'], 2);
  expect((await rows()).map(({ ends_at }) => ends_at)).toEqual([10, 11, 10, 11]);
});

it('expressions with parameters are refused, which would be those of the first time for ever', async () => {
  await expect(inserts((index) => sql<number>`${index} + 1`)(['a'], 1)).rejects.toThrow(
    'other parameters',
  );
  expect(await rows()).toEqual([]);
});

it('a query is built once for each key, and asks with the values of each time', async () => {
  await inserts()(['a', 'b'], 1);
  const kept = new KeptStatements();
  const find = (source: string) =>
    store.database.read((db) =>
      kept.run<Row>(db, 'find', [source], () => {
        built.push(0);
        return db.selectFrom('failed_sign_ins').selectAll().where('source', '=', source);
      }),
    );
  built = [];
  expect([await find('a'), await find('b'), await find('c')]).toEqual([
    [{ source: 'a', failures: 1, ends_at: 0 }],
    [{ source: 'b', failures: 1, ends_at: 1 }],
    [],
  ]);
  expect(built).toEqual([0]);
});

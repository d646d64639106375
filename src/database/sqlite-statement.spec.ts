import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Kysely, sql, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import { forKysely } from './sqlite-database.js';

interface Pets {
  pets: { pet_id: number; name: string | null; legs: number };
}

let db: Kysely<Pets>;

beforeEach(async () => {
  db = new Kysely({ dialect: new SqliteDialect({ database: forKysely(new Libsql(':memory:')) }) });
  await sql`create table pets (pet_id integer primary key, name text, legs integer)`.execute(db);
  await db
    .insertInto('pets')
    .values([
      { pet_id: 1, name: 'Rex', legs: 4 },
      { pet_id: 2, name: null, legs: 2 },
    ])
    .execute();
});
afterEach(() => db.destroy());

const all = () => db.selectFrom('pets').selectAll().orderBy('pet_id');

test('rows are objects by the names of their columns, each time that a statement is run', async () => {
  const rows = [
    { pet_id: 1, name: 'Rex', legs: 4 },
    { pet_id: 2, name: null, legs: 2 },
  ];
  expect(await all().execute()).toEqual(rows);
  expect(await all().execute()).toEqual(rows);
  expect(await all().where('legs', '>', 4).execute()).toEqual([]);
});

test('what a statement that writes returns is named too, and one that returns nothing tells how many it wrote', async () => {
  const write = () => db.updateTable('pets').set({ legs: 3 }).where('name', '=', 'Rex');
  expect(await write().returning('legs').execute()).toEqual([{ legs: 3 }]);
  expect((await write().executeTakeFirst()).numUpdatedRows).toBe(1n);
});

test('rows come one by one', async () => {
  const names: Array<string | null> = [];
  for await (const { name } of all().stream()) names.push(name);
  expect(names).toEqual(['Rex', null]);
});

test('of two columns of one name the last one counts', async () => {
  const { rows } = await sql`select 1 as one, 2 as one`.execute(db);
  expect(rows).toEqual([{ one: 2 }]);
});

test('a statement that is kept names the columns that the table has now', async () => {
  await all().execute();
  await sql`alter table pets rename column legs to feet`.execute(db);
  await sql`alter table pets add column age integer default 7`.execute(db);
  expect(await all().executeTakeFirst()).toEqual({ pet_id: 1, name: 'Rex', feet: 4, age: 7 });
});

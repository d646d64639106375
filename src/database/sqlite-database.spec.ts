import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { SqliteDatabase } from './sqlite-database.js';

let parent: string;
let directory: string;
let database: SqliteDatabase;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'patchbay-sqlite-'));
  directory = join(parent, 'data');
  database = new SqliteDatabase(directory, 0);
});
afterEach(async () => {
  await database.close();
  rmSync(parent, { recursive: true });
});

const mode = (path: string): number => statSync(path).mode & 0o777;

async function pragma(name: string): Promise<unknown> {
  const { rows } = await database.read((db) => sql.raw(`pragma ${name}`).execute(db));
  return Object.values(rows[0] ?? {})[0];
}

async function addUser(name: string): Promise<void> {
  await database.write(async (trx) => {
    await trx.insertInto('users').values({ name, created_at: 0 }).execute();
  });
}

async function userNames(): Promise<string[]> {
  const rows = await database.read((db) => db.selectFrom('users').select('name').execute());
  return rows.map(({ name }) => name);
}

describe('the SQLite store', () => {
  test('can be read only by its owner, and no power cut harms it', async () => {
    await database.open();
    expect(mode(directory)).toBe(0o700);
    for (const file of readdirSync(directory).filter((name) => name.startsWith('patchbay.db'))) {
      expect(mode(join(directory, file))).toBe(0o600);
    }
    expect(await pragma('journal_mode')).toBe('wal');
    // NORMAL: with OFF a power cut could mix two logs.
    expect(await pragma('synchronous')).toBe(1);
    expect(await pragma('foreign_keys')).toBe(1);
  });

  test('reports on a full disk that it is unavailable, keeps its data, and continues when there is room', async () => {
    await database.open();
    await addUser('Ada');
    await pragma(`max_page_count = ${Number(await pragma('page_count'))}`);
    const tooMuch = addUser('x'.repeat(100_000));
    await expect(tooMuch).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(await userNames()).toEqual(['Ada']);
    await pragma('max_page_count = 1000000');
    await addUser('Grace');
    expect(await userNames()).toEqual(['Ada', 'Grace']);
  });

  test('is not up when it can be read but not written to, and says why', async () => {
    await database.open();
    await pragma('query_only = on');
    expect(await database.report()).toMatchObject({
      up: false,
      migrated: true,
      reason: expect.stringContaining('may not be written to (SQLITE_READONLY'),
      fix: expect.stringContaining('DATA_DIR'),
    });
    await pragma('query_only = off');
    expect(await database.report()).toMatchObject({ up: true, reason: null, fix: null });
    // A successful write counts for a while, so that a health request costs no commit.
    await pragma('query_only = on');
    expect(await database.report()).toMatchObject({ up: true });
    await expect(addUser('Ada')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await database.report()).toMatchObject({ up: false });
  });

  test('is left unchanged and not held when it cannot be migrated', async () => {
    await database.open();
    await database.close();
    const path = join(directory, 'patchbay.db');
    rmSync(path);
    const file = new Libsql(path);
    file.exec('create table runs (run_id integer)');
    await expect(database.open()).rejects.toThrow('already exists');
    const tables = file
      .prepare("select name from sqlite_master where type = 'table' and name <> 'sqlite_sequence'")
      .all([]);
    expect(tables).toEqual([{ name: 'runs' }]);
    file.exec('drop table runs');
    file.close();
    await database.open();
    expect(await database.report()).toMatchObject({ up: true, migrated: true });
  });

  test('says so when it cannot be reached, and does not report another holder', async () => {
    rmSync(parent, { recursive: true });
    const file = new Libsql(parent);
    file.close();
    await expect(database.open()).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});

test('work that outlasts the store fails, and does not end the process', async () => {
  await database.open();
  let closed = (): void => undefined;
  const work = database.write(async (trx) => {
    await new Promise<void>((resolve) => (closed = resolve));
    await trx.selectFrom('users').select('name').execute();
  });
  await database.close();
  closed();
  await expect(work).rejects.toThrow('the store is closed');
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Libsql from 'libsql';
import { until } from '../../test/support/patience.js';
import { SqliteDatabase } from './sqlite-database.js';
import { COMMITS_PER_CHECKPOINT, flushByThread } from './write-ahead-log.js';

const PAGE_BYTES = 4096;

let directory: string;
let database: SqliteDatabase;
/** Of each flush, in order; what is written in between is not yet safe. */
let flush: (descriptor: number) => Promise<void>;
let flushes: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'patchbay-log-'));
  flush = flushByThread;
  database = new SqliteDatabase(directory, 0, 5_000, (descriptor) => {
    flushes += 1;
    return flush(descriptor);
  });
  await database.open();
  flushes = 0;
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});

function addUser(name: string): Promise<void> {
  return database.write(async (trx) => {
    await trx.insertInto('users').values({ name, created_at: 0 }).execute();
  });
}

async function namesRead(): Promise<string[]> {
  const rows = await database.read((db) => db.selectFrom('users').select('name').execute());
  return rows.map(({ name }) => name);
}

/** A store from copies of its files. */
function namesIn(copy: string): string[] {
  const file = new Libsql(join(copy, 'patchbay.db'));
  try {
    const rows = file.prepare('select name from users order by user_id').all([]);
    return (rows as Array<{ name: string }>).map(({ name }) => name);
  } finally {
    file.close();
  }
}

function copyStore(name: string): string {
  const copy = join(directory, name);
  mkdirSync(copy);
  for (const file of ['patchbay.db', 'patchbay.db-wal']) {
    copyFileSync(join(directory, file), join(copy, file));
  }
  return copy;
}

interface HeldFlush {
  began: Promise<void>;
  end(error?: Error): void;
}

/** The next flush goes on when it is told to. */
function holdFlush(): HeldFlush {
  let begin = (): void => undefined;
  let end: HeldFlush['end'] = () => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const held = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  flush = (descriptor) => {
    flush = flushByThread;
    begin();
    return held.then(() => flushByThread(descriptor));
  };
  return { began, end: (error) => end(error) };
}

function isSettled(work: Promise<unknown>): () => boolean {
  let settled = false;
  void work.finally(() => (settled = true));
  return () => settled;
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
};

describe('a power cut', () => {
  test('takes nothing that a write has told', async () => {
    let cut: string | undefined;
    flush = async (descriptor) => {
      await flushByThread(descriptor);
      // The files as a disk would have them that lost all that came later.
      cut = copyStore(`cut-${flushes}`);
    };
    const told: string[] = [];
    for (let user = 0; user < 20; user += 1) {
      await addUser(`user ${user}`);
      told.push(`user ${user}`);
      expect(cut && namesIn(cut)).toEqual(told);
    }
  });

  test('takes nothing that a read has told', async () => {
    const held = holdFlush();
    const write = addUser('Ada');
    await held.began;
    const read = namesRead();
    const [hasWritten, hasRead] = [isSettled(write), isSettled(read)];
    await turns();
    expect([hasWritten(), hasRead()]).toEqual([false, false]);
    held.end();
    await write;
    expect(await read).toEqual(['Ada']);
  });
});

describe('flushes', () => {
  test('serve all commits before them, and none that came while they were under way', async () => {
    const held = holdFlush();
    const first = addUser('first');
    await held.began;
    const later = [1, 2, 3].map((user) => addUser(`later ${user}`));
    const hasWritten = isSettled(Promise.race(later));
    await turns();
    expect(hasWritten()).toBe(false);
    expect(flushes).toBe(1);
    held.end();
    await Promise.all([first, ...later]);
    expect(flushes).toBe(2);
  });

  test('are spared where nothing was written', async () => {
    expect(await namesRead()).toEqual([]);
    expect(flushes).toBe(0);
  });
});

describe('a disk that refuses a flush', () => {
  const refusal = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });

  test('fails the write, and the store says why it is down', async () => {
    flush = () => Promise.reject(refusal);
    await expect(addUser('Ada')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await database.report()).toMatchObject({
      up: false,
      reason: expect.stringContaining('the disk fails to read or write it (EIO)'),
    });
  });

  test('fails reads too, which might tell what it refused', async () => {
    flush = () => Promise.reject(refusal);
    await expect(addUser('Ada')).rejects.toThrow('not reachable');
    await expect(namesRead()).rejects.toMatchObject({ code: 'store_unavailable' });
    flush = flushByThread;
    expect(await namesRead()).toEqual(['Ada']);
  });

  test('is believed again once all of the log is in the database file', async () => {
    flush = () => Promise.reject(refusal);
    await expect(addUser('Ada')).rejects.toThrow('not reachable');
    flush = flushByThread;
    await addUser('Grace');
    expect(await database.report()).toMatchObject({ up: true });
    // Without its log the file has what the refused flush should have put onto the disk.
    const copy = copyStore('copied');
    rmSync(join(copy, 'patchbay.db-wal'));
    expect(namesIn(copy)).toContain('Ada');
  });
});

test('the log does not grow with what is written, though SQLite copies nothing by itself', async () => {
  await database.read((db) => sql.raw('pragma wal_autocheckpoint = 0').execute(db));
  const long = 'x'.repeat(10_000);
  for (let user = 0; user < 300; user += 1) await addUser(long);
  const pages = statSync(join(directory, 'patchbay.db-wal')).size / PAGE_BYTES;
  const written = (300 * long.length) / PAGE_BYTES;
  expect(pages).toBeLessThan(written * 0.75);
  expect(await namesRead()).toHaveLength(300);
});

test('a checkpoint that waits for the connection does not keep the store open', async () => {
  let [begin, release] = [(): void => undefined, (): void => undefined];
  const began = new Promise<void>((resolve) => (begin = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  // The first commit was that of the opening.
  for (let user = 2; user < COMMITS_PER_CHECKPOINT; user += 1) await addUser('x');
  const copiedAt = (): number => statSync(join(directory, 'patchbay.db')).mtimeMs;
  const before = copiedAt();
  const last = addUser('the last before the checkpoint');
  const holder = database.write(async (trx) => {
    begin();
    await held;
    await trx.selectFrom('users').select('name').execute();
  });
  await Promise.all([last, began]);
  await until(() => copiedAt() > before);
  await turns();
  await database.close();
  release();
  await expect(holder).rejects.toThrow('the store is closed');
});

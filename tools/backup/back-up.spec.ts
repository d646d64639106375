import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { ledgerBench, statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';

/** The program that `npm test` has compiled: the copy must be made by another process than the one that writes. */
const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'tools', 'backup', 'main.js');

let store: TestStore;
let directory: string;
let file: string;

beforeEach(async () => {
  store = await sqliteStores.create();
  directory = mkdtempSync(join(tmpdir(), 'patchbay-backup-'));
  file = join(directory, 'copy.db');
});
afterEach(async () => {
  await store.remove();
  rmSync(directory, { recursive: true });
});

async function backup(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: directory,
    env: { ...store.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

describe('a backup of the running store', () => {
  test('has everything that was acknowledged before it began, and is consistent', async () => {
    const { ledger, run } = await ledgerBench(store.database);
    const runs = await Promise.all(Array.from({ length: 20 }, () => run()));
    const acknowledged = new Set<string>();
    const over = new AbortController();
    const writing = Promise.all(
      runs.map(async ({ runId }) => {
        for (let sequence = 0; !over.signal.aborted; sequence += 1) {
          const payload = { filler: 'x'.repeat(500) };
          await ledger.change({ runId }, (unit) =>
            unit?.record(statusCallback('ringing', sequence, { payload })),
          );
          acknowledged.add(`${runId}:${sequence}`);
        }
      }),
    );
    while (acknowledged.size < 2_000) await new Promise(setImmediate);
    const before = [...acknowledged];
    const { code, said } = await backup([file]);
    const during = acknowledged.size - before.length;
    over.abort();
    await writing;
    expect(said).toContain('copy.db is a copy of the store in');
    expect(said).toMatch(/does not contain the key .*\/credentials-key too/);
    expect(code).toBe(0);
    expect(during).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['copy.db']);

    const restored = join(directory, 'restored');
    cpSync(file, join(restored, 'patchbay.db'));
    const database = new SqliteDatabase(restored);
    await database.open();
    try {
      const [events, rows] = await database.read((db) =>
        Promise.all([
          db.selectFrom('call_events').select(['run_id', 'sequence']).execute(),
          db.selectFrom('runs').select(['run_id', 'position']).execute(),
        ]),
      );
      const kept = new Set(events.map((event) => `${event.run_id}:${event.sequence ?? ''}`));
      expect(before.filter((each) => !kept.has(each))).toEqual([]);
      // The rows changed in the transactions of the events in the copy, and in no others.
      const changes = events.length + rows.length;
      expect(Math.max(...rows.map(({ position }) => position))).toBe(changes);
    } finally {
      await database.close();
    }
  });

  test('never overwrites', async () => {
    writeFileSync(file, 'precious');
    expect(await backup([file])).toEqual({
      code: 1,
      said: `${file} exists: a backup never overwrites.\n`,
    });
    expect(statSync(file).size).toBe('precious'.length);
  });

  test('takes its name relative to the user’s directory, not to the one in which npm runs it', async () => {
    const { code } = await backup(['copy.db'], { INIT_CWD: directory });
    expect(code).toBe(0);
    expect(existsSync(file)).toBe(true);
  });

  test.each([[[]], [['']], [['a', 'b']]])(
    'with the arguments %j prints the usage',
    async (args) => {
      expect(await backup(args)).toEqual({ code: 2, said: 'Usage: npm run backup -- <file>\n' });
    },
  );

  test('says where it looked when there is no store', async () => {
    const { code, said } = await backup([file], { DATA_DIR: join(directory, 'none') });
    expect(code).toBe(1);
    expect(said).toContain(join('none', 'patchbay.db'));
    expect(readdirSync(directory)).toEqual([]);
  });

  test('says so when there is no directory to write to', async () => {
    const { code, said } = await backup([join(directory, 'no', 'copy.db')]);
    expect(code).toBe(1);
    expect(said).toContain('There is no directory');
  });

  test('of a store in PostgreSQL is left to pg_dump', async () => {
    const { code, said } = await backup([file], {
      DATABASE_URL: 'postgres://patchbay:secret@db.example.com/patchbay',
      API_KEY: 'a-key-that-is-long-enough-012345',
    });
    expect(code).toBe(1);
    expect(said).toContain('pg_dump');
    expect(said).not.toContain('secret');
    expect(existsSync(file)).toBe(false);
  });
});

import { afterAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { PostgresLock } from '../../src/database/postgres-lock.js';
import { startPostgres } from '../support/stores.js';

/** What pgbouncer lets through, or tracks, by default. */
const POOLERS_TAKE = [
  'user',
  'database',
  'application_name',
  'client_encoding',
  'DateStyle',
  'TimeZone',
];

/** The names of the parameters with which a connection begins. */
function parametersOf(packet: Buffer): string[] {
  const texts = packet.subarray(8).toString('utf8').split('\0');
  return texts.filter((text, index) => index % 2 === 0 && text !== '');
}

describe('a connection to PostgreSQL', () => {
  test('begins with no parameter that a pooler refuses, and the refusal of one is told in its words', async () => {
    const asked = new Set<string>();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (packet) => {
        for (const name of parametersOf(packet)) asked.add(name);
        const fields = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: x\0\0';
        const reply = Buffer.alloc(5 + fields.length);
        reply.write('E', 0);
        reply.writeInt32BE(4 + fields.length, 1);
        reply.write(fields, 5);
        socket.end(reply);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const database = new PostgresDatabase(`postgres://someone:hush@127.0.0.1:${port}/calls`);
    const opening = database.open();
    await expect(opening).rejects.toMatchObject({
      code: 'cannot_start',
      message: `Patchbay cannot start: PostgreSQL at 127.0.0.1:${port} refuses the connection: "unsupported startup parameter: x".\n  DATABASE_URL: It says why: correct the URL, or the configuration of the pooler.`,
    });
    await database.close();
    server.close();
    expect([...asked].filter((name) => !POOLERS_TAKE.includes(name))).toEqual([]);
    expect(asked).toContain('user');
  });
});

const server = await startPostgres();

(server ? describe : describe.skip)('the instance lock', () => {
  const url = server?.url() ?? '';
  afterAll(() => server?.dispose());

  const asked = async <Row extends object>(text: string): Promise<Row[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  };
  const holders = () =>
    asked<{ pid: number; state: string; backend_xmin: string | null; backend_xid: string | null }>(
      `select pid, state, backend_xmin, backend_xid from pg_stat_activity
       where pid in (select pid from pg_locks where locktype = 'advisory' and granted)`,
    );

  test('is held by an open transaction, which no pooler gives to another client and which keeps nothing from vacuum', async () => {
    const lock = await PostgresLock.take(url, () => undefined);
    expect(lock).toMatchObject({ direct: true, isFresh: true });
    expect(await holders()).toMatchObject([
      { state: 'idle in transaction', backend_xmin: null, backend_xid: null },
    ]);
    expect(await PostgresLock.take(url, () => undefined)).toBeNull();
    expect(await lock?.beat()).toBe(true);
    await lock?.release();
    expect(lock?.isFresh).toBe(false);
    expect(await holders()).toEqual([]);
  });

  test('outlives the limits that a server puts on idle transactions', async () => {
    await asked(`alter role postgres set idle_in_transaction_session_timeout = 50`);
    let lost = false;
    const lock = await PostgresLock.take(url, () => (lost = true));
    try {
      await asked('select pg_sleep(0.3)');
      expect([lost, await lock?.beat()]).toEqual([false, true]);
    } finally {
      await lock?.release();
      await asked('alter role postgres reset idle_in_transaction_session_timeout');
    }
    expect(lost).toBe(false);
  });

  test('on a server that takes no writes makes no store that is up', async () => {
    const database = new PostgresDatabase(url);
    await database.open();
    try {
      expect(await database.report()).toMatchObject({ up: true });
      await asked('alter system set default_transaction_read_only = on');
      await asked('select pg_reload_conf()');
      // A write has to fail first: one that worked is believed for a while.
      await until(async () => {
        const wrote = database.write((trx) =>
          trx.insertInto('users').values({ name: 'Ada', created_at: 0 }).execute(),
        );
        return wrote.then(
          () => false,
          () => true,
        );
      });
      expect(await database.report()).toMatchObject({
        up: false,
        reason: expect.stringContaining('is read-only (25006)'),
        fix: expect.stringContaining('standby'),
      });
      await asked('alter system reset default_transaction_read_only');
      await asked('select pg_reload_conf()');
      await until(async () => (await database.report()).up);
    } finally {
      await database.close();
    }
  });

  test('tells once that it is lost, and is not fresh from then on', async () => {
    let losses = 0;
    const lock = await PostgresLock.take(url, () => (losses += 1));
    const [holder] = await holders();
    await asked(`select pg_terminate_backend(${holder?.pid})`);
    expect(await lock?.beat()).toBe(false);
    expect(lock?.isFresh).toBe(false);
    await lock?.release();
    expect(losses).toBe(1);
    const next = await PostgresLock.take(url, () => undefined);
    expect(next).not.toBeNull();
    await next?.release();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('it did not come to that');
    await new Promise((next) => setTimeout(next, 50));
  }
}

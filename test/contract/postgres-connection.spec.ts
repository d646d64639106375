import { afterAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Client } from 'pg';
import { PostgresDatabase } from '../../src/database/postgres-database.js';
import { until } from '../support/patience.js';
import { startPostgres } from '../support/stores.js';

/** What pgbouncer lets through, or tracks, by default. */
const POOLERS_TAKE = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'DateStyle',
  'TimeZone',
]);

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
    expect([...asked].filter((name) => !POOLERS_TAKE.has(name))).toEqual([]);
    expect(asked).toContain('user');
  });
});

const server = await startPostgres();

(server ? describe : describe.skip)('PostgreSQL', () => {
  const url = server?.url() ?? '';
  afterAll(() => server?.dispose());

  const asked = async (text: string): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(text);
    await client.end();
  };

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
});

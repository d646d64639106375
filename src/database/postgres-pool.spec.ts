import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { postgresPool } from './postgres-pool.js';

/** A message of PostgreSQL's protocol: its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const AUTHENTICATED = message('R', Buffer.from([0, 0, 0, 0]));
const ASKS_FOR_PASSWORD = message('R', Buffer.from('\0\0\0\nSCRAM-SHA-256\0\0'));
const CHALLENGE = message('R', Buffer.from('\0\0\0\vr=any,s=c2FsdA==,i=4096'));
const READY = message('Z', Buffer.from('I'));
const SHUTTING_DOWN = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

describe('a connection of the pool', () => {
  let server: Server;
  afterEach(() => void server.close());

  /** Serves every client the same bytes as its first reply, and closes the connection. */
  const poolOf = async (reply: Buffer) => {
    server = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(reply));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return postgresPool({ connectionString: `postgres://user@127.0.0.1:${port}/any` });
  };

  test('that the server ends in the same moment in which it is ready fails its query, and nothing else', async () => {
    const pool = await poolOf(Buffer.concat([AUTHENTICATED, READY, SHUTTING_DOWN]));
    const client = await pool.connect();
    await expect(client.query('select 1', [])).rejects.toThrow(/not queryable|terminated/i);
    client.release();
    await pool.end();
  });

  test('whose password we do not have is closed, and not left to the server', async () => {
    let ended: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (ended = resolve));
    server = createServer((socket: Socket) => {
      socket.on('error', () => undefined).once('close', ended);
      socket.once('data', () => {
        socket.write(ASKS_FOR_PASSWORD);
        socket.once('data', () => socket.write(CHALLENGE));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const pool = postgresPool({ connectionString: `postgres://user@127.0.0.1:${port}/any` });
    await expect(pool.connect()).rejects.toThrow(/password/);
    await closed;
    await pool.end();
  });
});

import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundConnections, IDLE_MS, LISTENER_OPTIONS } from './http-listener.js';

/** The headers' limit in place of ten seconds. */
const HEADERS_MS = 100;
const CONNECTIONS_MAX = 10;

interface Seen {
  socket: Socket;
  said: string;
  over: boolean;
}

describe('a listener', () => {
  let server: Server;
  let port: number;
  let sockets: Socket[];
  let open: ReadonlySet<Socket>;

  beforeEach(async () => {
    sockets = [];
    server = createServer(
      { ...LISTENER_OPTIONS, headersTimeout: HEADERS_MS, connectionsCheckingInterval: 20 },
      (asked, reply) => {
        if (asked.url === '/held') reply.flushHeaders();
        else reply.end('ok');
      },
    );
    open = boundConnections(server, CONNECTIONS_MAX);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  });

  /** Opens a connection and records what it receives, and whether it is closed. */
  const dial = async (text = ''): Promise<Seen> => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    const seen = { socket, said: '', over: false };
    socket.on('data', (data: Buffer) => (seen.said += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (seen.over = true));
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
    return seen;
  };
  const until = async (condition: () => boolean) => {
    const giveUpAt = Date.now() + 10_000;
    while (!condition()) {
      if (Date.now() > giveUpAt) throw new Error('never');
      await sleep(5);
    }
  };
  const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

  it('keeps idle connections longer than any proxy does, and says so', async () => {
    expect(IDLE_MS).toBeGreaterThan(600_000);
    const seen = await dial(GET);
    await until(() => seen.said.includes('ok'));
    expect(seen.said).toContain('Keep-Alive: timeout=620');
    expect(LISTENER_OPTIONS).toMatchObject({
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
    });
  });

  it('sends nothing on a connection that was opened ahead of use, and serves it when it is used', async () => {
    const ahead = await dial();
    // A slow connection shows when the time is up for both.
    const slow = await dial('GET / HT');
    await until(() => slow.over);
    expect(slow.said).toMatch(/^HTTP\/1\.1 408 /);
    expect([ahead.said, ahead.over]).toEqual(['', false]);
    ahead.socket.write(GET);
    await until(() => ahead.said.includes('ok'));
    expect(ahead.said).toMatch(/^HTTP\/1\.1 200 /);
    ahead.socket.write(GET.slice(0, 10));
    await until(() => ahead.over);
  });

  it('never writes 408 into a reply that has begun', async () => {
    const seen = await dial('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => seen.said.includes('200 OK'));
    // A second request on the same connection that is never finished.
    seen.socket.write('GET / HT');
    await until(() => seen.over);
    expect(seen.said).not.toContain('408');
  });

  it('answers data that is not HTTP, and endless headers', async () => {
    const garbage = await dial('\u0001\u0002\r\n\r\n');
    await until(() => garbage.over);
    expect(garbage.said).toMatch(/^HTTP\/1\.1 400 /);
    const long = await dial(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
    await until(() => long.over);
    expect(long.said).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('closes the connection that was idle longest when it is nearly full, never a busy one', async () => {
    const busy = await dial('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => busy.said.includes('200 OK'));
    const used = await dial(GET);
    await until(() => used.said.includes('ok'));
    const ahead: Seen[] = [];
    for (let count = 2; count < 9; count++) ahead.push(await dial());
    await until(() => open.size === 9);
    const used2 = await dial(GET);
    await until(() => used2.said.includes('ok'));
    await until(() => used.over);
    const last = await dial();
    await until(() => ahead[0]?.over === true);
    expect([busy.over, last.over, ahead[1]?.over]).toEqual([false, false, false]);
    expect(open.size).toBe(9);
  });

  it('accepts no more than its maximum, when all are busy', async () => {
    const held: Seen[] = [];
    for (let count = 0; count < CONNECTIONS_MAX; count++) {
      const one = await dial('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
      held.push(one);
      // Until then the connection is idle, and may have to make room.
      await until(() => one.said.includes('200 OK'));
    }
    const more = await dial(GET);
    await until(() => more.over);
    expect(more.said).toBe('');
    for (const { socket } of held.splice(0, 2)) socket.destroy();
    await until(() => open.size === CONNECTIONS_MAX - 2);
    const next = await dial(GET);
    await until(() => next.said.includes('ok'));
  });

  it('does not accept upgrades where nothing answers them', async () => {
    const asked = request({
      port,
      host: '127.0.0.1',
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
    }).end();
    const [reply] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }];
    reply.resume();
    expect(reply.statusCode).toBe(200);
  });
});

import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { greetingOf } from './nats-greeting.js';

const PATIENCE_MS = 60_000;
let server: Server | null = null;

/** A peer that does this with each connection; resolves with it when the socket is gone. */
async function peer(greet: (socket: Socket) => void) {
  const gone: Array<Promise<unknown>> = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    gone.push(once(socket, 'close'));
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { address: { host: '127.0.0.1', port }, gone };
}

afterEach(async () => {
  const closed = server && once(server, 'close');
  server?.close();
  await closed;
  server = null;
});

const never = (): AbortSignal => new AbortController().signal;

test('a server that greets is taken, and the socket on which it did is closed', async () => {
  const { address, gone } = await peer((socket) => socket.write('INFO {"server_id":"a"} \r\n'));
  await greetingOf(address, PATIENCE_MS, never());
  await Promise.all(gone);
});

test.each([
  ['silent', (): void => undefined, 20],
  ['not_nats', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), PATIENCE_MS],
  ['not_nats', (socket: Socket) => socket.end(), PATIENCE_MS],
])('a peer that is %s is refused, and its socket closed', async (code, greet, withinMs) => {
  const { address, gone } = await peer(greet);
  await expect(greetingOf(address, withinMs, never())).rejects.toMatchObject({ code });
  await Promise.all(gone);
});

test('where nothing listens, the reason is that', async () => {
  const { address } = await peer(() => undefined);
  server?.close();
  await expect(greetingOf(address, PATIENCE_MS, never())).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
  server = null;
});

test('it is given up when the service closes', async () => {
  const closing = new AbortController();
  const { address, gone } = await peer(() => closing.abort());
  await expect(greetingOf(address, PATIENCE_MS, closing.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
  await Promise.all(gone);
});

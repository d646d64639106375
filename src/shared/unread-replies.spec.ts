import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { UnreadReplies, type UnreadLimits } from './unread-replies.js';

const MIB = 1024 * 1024;
const NEVER_MS = 3_600_000;

/** More bytes than the kernels on both sides buffer. */
const REPLY = Buffer.alloc(32 * MIB, 'x');

describe('replies that are not read', () => {
  const sockets: Socket[] = [];
  let server: Server | null = null;
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
  });

  /**
   * Starts a server that sends {@link REPLY} to every request, and reports each
   * reply once it is finished.
   */
  async function start(limits: UnreadLimits) {
    const replies = new UnreadReplies(limits);
    const told: Array<(response: ServerResponse) => void> = [];
    server = createServer((_request, response) => {
      replies.watch(response);
      response.end(REPLY);
      // Waits until the watch has registered the reply.
      setImmediate(() => setImmediate(() => told.shift()?.(response)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    /** Sends a request, and reads nothing of the reply. */
    const ask = async (): Promise<{ response: ServerResponse; socket: Socket }> => {
      const asked = new Promise<ServerResponse>((resolve) => told.push(resolve));
      const socket = connect(port, '127.0.0.1').pause();
      socket.on('error', () => undefined);
      sockets.push(socket);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      return { response: await asked, socket };
    };
    return { replies, ask };
  }

  it('are given up when nothing of them is read for a while', async () => {
    const { replies, ask } = await start({ pauseMs: 200, bytes: 1024 * MIB });
    const { response, socket } = await ask();
    expect(replies.bytes).toBeGreaterThan(MIB);
    if (!response.closed) await once(response, 'close');
    expect(replies.bytes).toBe(0);
    let bytes = 0;
    socket.on('data', (piece: Buffer) => (bytes += piece.length)).resume();
    if (!socket.closed) await once(socket, 'close');
    expect(bytes).toBeLessThan(REPLY.length);
  });

  it('are given up, the oldest first, when all together hold too much', async () => {
    const { replies, ask } = await start({ pauseMs: NEVER_MS, bytes: 80 * MIB });
    const first = await ask();
    const second = await ask();
    expect([first.response.closed, second.response.closed]).toEqual([false, false]);
    const third = await ask();
    if (!first.response.closed) await once(first.response, 'close');
    expect([second.response.closed, third.response.closed]).toEqual([false, false]);
    expect(replies.bytes).toBeLessThanOrEqual(80 * MIB);
  });

  it('are kept for a client that reads them, and no longer count afterwards', async () => {
    const { replies, ask } = await start({ pauseMs: NEVER_MS, bytes: 80 * MIB });
    const { response, socket } = await ask();
    let bytes = 0;
    socket.on('data', (piece: Buffer) => (bytes += piece.length)).resume();
    if (!response.closed) await once(response, 'close');
    expect([response.writableFinished, replies.bytes]).toEqual([true, 0]);
    while (bytes < REPLY.length) await once(socket, 'data');
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type ErrorRequestHandler } from 'express';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Recording, type ReadablePiece } from '../../calls/recordings/recording.js';
import { sendRecording } from './send-recording.js';

const HEADER_BYTES = 44;
const MOMENTS = 1_000;
const AUDIO_BYTES = MOMENTS * 4;
const BYTES = HEADER_BYTES + AUDIO_BYTES;

/** A real server, because Express reads the ranges and a client sees what was sent. */
describe('a recording that is fetched', () => {
  let server: Server;
  let url: string;
  let reads: number;
  let store: 'answers' | 'is away' | 'goes away';

  const piece = (n: number): ReadablePiece => ({
    generation: 1,
    n,
    startedAt: 0,
    moments: MOMENTS,
    location: `piece-${n}`,
    encoding: 'pcm',
    read: (from, to) => {
      reads += 1;
      if (store === 'is away' || (store === 'goes away' && reads > 1)) {
        return Promise.reject(new Error('the store is away'));
      }
      return Promise.resolve(Buffer.alloc(to - from, 7));
    },
  });

  beforeAll(async () => {
    const app = express();
    app.get('/one', (request, response) =>
      sendRecording(
        request,
        response,
        new Recording([{ piece: piece(0), at: 0 }], 'pcm'),
        'call.wav',
      ),
    );
    app.get('/two', (request, response) => {
      const placed = [0, 1].map((n) => ({ piece: piece(n), at: n * MOMENTS }));
      return sendRecording(request, response, new Recording(placed, 'pcm'), 'call.wav');
    });
    const failed: ErrorRequestHandler = (_error, _request, response, _next) => {
      response.status(503).end();
    };
    app.use(failed);
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  async function fetched(path: string, headers: Record<string, string> = {}, method = 'GET') {
    reads = 0;
    return fetch(url + path, { headers, method });
  }

  it('comes whole, with its length and its tag', async () => {
    store = 'answers';
    const reply = await fetched('/one');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-length')).toBe(String(BYTES));
    expect(reply.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    const body = Buffer.from(await reply.arrayBuffer());
    expect(body.subarray(0, 4).toString()).toBe('RIFF');
    expect(body.subarray(HEADER_BYTES)).toEqual(Buffer.alloc(AUDIO_BYTES, 7));
  });

  it('comes in the one range that was asked for', async () => {
    const reply = await fetched('/one', { range: `bytes=${HEADER_BYTES}-${HEADER_BYTES + 9}` });
    expect(reply.status).toBe(206);
    expect(reply.headers.get('content-range')).toBe(
      `bytes ${HEADER_BYTES}-${HEADER_BYTES + 9}/${BYTES}`,
    );
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(Buffer.alloc(10, 7));
  });

  it('is told of without being read', async () => {
    const reply = await fetched('/one', {}, 'HEAD');
    expect([reply.status, reply.headers.get('content-length'), reads]).toEqual([
      200,
      String(BYTES),
      0,
    ]);
  });

  it('is refused as a whole where its beginning cannot be read', async () => {
    store = 'is away';
    expect((await fetched('/one')).status).toBe(503);
  });

  it('ends with its connection where a later part cannot be read', async () => {
    store = 'goes away';
    const reply = await fetched('/two');
    expect(reply.status).toBe(200);
    await expect(reply.arrayBuffer()).rejects.toThrow('terminated');
  });
});

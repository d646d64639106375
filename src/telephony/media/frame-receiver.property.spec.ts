import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WebSocketServer, type WebSocket } from 'ws';
import { anyText } from '../../../test/support/any-text.js';
import { receiveFrames } from './frame-receiver.js';

const MAX_BYTES = 300;

/** A connection whose other end is the test. */
class Line extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {
    return undefined;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

const UPGRADE = {
  method: 'GET',
  url: '/',
  headers: {
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  },
} as unknown as IncomingMessage;

interface Told {
  heard: string[];
  /** Messages that came through the library's own event. */
  byLibrary: number;
  answered: string;
}

/** What a socket says of these bytes, with or without the reader of texts before it. */
async function told(chunks: readonly Buffer[], withReader: boolean): Promise<Told> {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_BYTES });
  const line = new Line();
  const heard: string[] = [];
  let byLibrary = 0;
  const opened = new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(UPGRADE, line, Buffer.alloc(0), resolve);
  });
  const socket = await opened.then((client) => {
    const onMessage = (message: string | Buffer): void => {
      if (typeof message === 'string') heard.push(`text ${message}`);
      else heard.push(`binary ${message.toString('hex')}`);
    };
    if (withReader) receiveFrames(client, line, MAX_BYTES, onMessage);
    client.on('message', (data: Buffer, isBinary: boolean) => {
      byLibrary += 1;
      onMessage(isBinary ? data : data.toString());
    });
    client.on('ping', (data: Buffer) => heard.push(`ping ${data.toString('hex')}`));
    client.on('pong', (data: Buffer) => heard.push(`pong ${data.toString('hex')}`));
    client.on('error', (error: NodeJS.ErrnoException) => heard.push(`error ${error.code}`));
    client.on('close', (code: number) => heard.push(`close ${code}`));
    return client;
  });
  for (const chunk of chunks) {
    if (!line.destroyed) line.push(Buffer.from(chunk));
    await turn();
  }
  line.push(null);
  await turn();
  socket.terminate();
  await turn();
  server.close();
  return { heard, byLibrary, answered: Buffer.concat(line.written).toString('latin1') };
}

interface FrameShape {
  first: number;
  masked: boolean;
  payload: Buffer;
}

function frame({ first, masked, payload }: FrameShape): Buffer {
  const long = payload.length > 125;
  const head = Buffer.from([first, (masked ? 0x80 : 0) | (long ? 126 : payload.length)]);
  const length = long ? Buffer.from([payload.length >> 8, payload.length & 0xff]) : Buffer.alloc(0);
  if (!masked) return Buffer.concat([head, length, payload]);
  const key = Buffer.from([0x5a, 0x11, 0xc3, 0x77]);
  return Buffer.concat([head, length, key, payload.map((byte, at) => byte ^ key[at % 4]!)]);
}

function textFrame(content: string): Buffer {
  return frame({ first: 0x81, masked: true, payload: Buffer.from(content) });
}

const usual = anyText({ maxLength: 90 }).map((content) => ({
  first: 0x81,
  masked: true,
  payload: Buffer.from(content),
}));
const control = fc
  .tuple(fc.constantFrom(0x89, 0x8a), fc.uint8Array({ maxLength: 20 }))
  .map(([first, data]) => ({ first, masked: true, payload: Buffer.from(data) }));
const odd = fc.record({
  first: fc.constantFrom(0x01, 0x00, 0x80, 0x81, 0x82, 0x88, 0x89, 0xc1, 0x83),
  masked: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 320 }).map((data) => Buffer.from(data)),
});
const frames = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: usual },
    { weight: 3, arbitrary: control },
    { weight: 1, arbitrary: odd },
  ),
  { maxLength: 12 },
);

/** The bytes as a network may cut them. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at]
    .map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
    .filter((chunk) => chunk.length > 0);
}

describe('reading texts off the connection', () => {
  it('tells and answers what the library alone does, whatever comes and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(), { maxLength: 6 }), async (shapes, places) => {
        const chunks = cut(Buffer.concat(shapes.map(frame)), places);
        const [alone, ours] = [await told(chunks, false), await told(chunks, true)];
        expect(ours.heard).toEqual(alone.heard);
        expect(ours.answered).toBe(alone.answered);
      }),
      { numRuns: 400 },
    );
  });

  it('reads whole messages itself, several to a chunk, with a ping between them', async () => {
    const ping = frame({ first: 0x89, masked: true, payload: Buffer.from('?') });
    const { heard, byLibrary } = await told(
      [Buffer.concat([textFrame('a'), textFrame('ü'), ping, textFrame('')]), textFrame('d')],
      true,
    );
    expect(heard.slice(0, 5)).toEqual(['text a', 'text ü', 'ping 3f', 'text ', 'text d']);
    expect(byLibrary).toBe(0);
  });

  it('puts a message together that came in pieces', async () => {
    const whole = textFrame('in pieces');
    const { heard, byLibrary } = await told(
      [
        whole.subarray(0, 8),
        Buffer.concat([whole.subarray(8), textFrame('whole')]),
        textFrame('too'),
      ],
      true,
    );
    expect(heard.slice(0, 3)).toEqual(['text in pieces', 'text whole', 'text too']);
    expect(byLibrary).toBe(0);
  });

  it('leaves a message that is too long to the library, which refuses it', async () => {
    const { heard } = await told([textFrame('x'.repeat(MAX_BYTES + 1)), textFrame('after')], true);
    expect(heard).toEqual(['error WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 'close 1006']);
  });
});

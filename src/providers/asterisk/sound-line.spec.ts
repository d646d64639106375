import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { until } from '../../../test/support/patience.js';
import { mediaUrl } from './sound-channels.js';
import { SoundLine } from './sound-line.js';

/** 12.3 s and half a frame. */
const SOUND = Buffer.from(Uint8Array.from({ length: 98_480 }, (_, at) => at % 251));
const PIECE = 40_000;

describe('a sound on its way to Asterisk', () => {
  let server: WebSocketServer;
  let peer: WebSocket;
  let audio: Buffer[];
  let marks: string[];
  let line: SoundLine;

  beforeEach(async () => {
    audio = [];
    marks = [];
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      peer = socket;
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) audio.push(data);
        else marks.push((JSON.parse(data.toString()) as { correlation_id: string }).correlation_id);
      });
    });
    line = new SoundLine(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/media/1`, SOUND);
    expect(await line.opened()).toBe(true);
    await until(() => peer);
  });
  afterEach(() => {
    line.close();
    server.close();
  });

  const processed = (mark: string): void =>
    peer.send(JSON.stringify({ event: 'MEDIA_MARK_PROCESSED', correlation_id: mark }));
  const sent = (): number => Buffer.concat(audio).length;

  it('is sent in whole frames, no more than Asterisk keeps, until its end is played', async () => {
    const heard = line.play();
    await until(() => marks.length === 2);
    expect([sent(), marks]).toEqual([2 * PIECE, ['0', '1']]);
    // What the person says, and what else Asterisk tells, asks for no more.
    peer.send(Buffer.alloc(160));
    peer.send(JSON.stringify({ event: 'MEDIA_START', format: 'ulaw' }));
    processed('0');
    await until(() => marks.length === 3);
    expect([...new Set(audio.map(({ length }) => length))]).toEqual([160]);
    const all = Buffer.concat(audio);
    expect(all.subarray(0, SOUND.length).equals(SOUND)).toBe(true);
    expect([...new Set(all.subarray(SOUND.length))]).toEqual([0xff]);
    processed('1');
    processed('2');
    expect(await heard).toBe(true);
  });

  it.each<[string, () => void]>([
    ['by Asterisk', () => peer.close()],
    ['by us', () => line.close()],
  ])('is not heard to its end when the socket is closed %s', async (_by, close) => {
    const heard = line.play();
    await until(() => marks.length === 2);
    close();
    expect(await heard).toBe(false);
  });

  it('is not played where the socket is refused', async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    for (const client of server.clients) client.terminate();
    const refused = new SoundLine(`ws://127.0.0.1:${port}/media/2`, SOUND);
    expect(await refused.opened()).toBe(false);
  });
});

it.each([
  ['http://127.0.0.1:8088/ari', 'ws://127.0.0.1:8088/media'],
  ['https://pbx.example.com/asterisk/ari', 'wss://pbx.example.com/asterisk/media'],
])('beside %s are the sockets for audio', (ariUrl, media) => {
  expect(mediaUrl(ariUrl)).toBe(media);
});

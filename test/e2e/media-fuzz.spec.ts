import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { WaitingSockets } from '../../src/telephony/media/waiting-sockets.js';
import { LONG } from '../support/patience.js';
import { seededRandom } from '../support/seed.js';
import { echoed, frame, STREAM_PATH, StreamBench } from '../support/streams.js';

const FRAMES = LONG ? 200_000 : 6_000;
const HANDSHAKES = LONG ? 4_000 : 150;
/** Hostile frames until the next stream is opened: most streams do not live that long. */
const PER_STREAM = 200;

const drawn = seededRandom();
const random = (below: number): number => drawn.between(0, below - 1);
const randomBytes = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => random(256)));
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

const VALUES: unknown[] = [
  null,
  '',
  'x'.repeat(3_000),
  0,
  -1,
  1e308,
  true,
  [],
  {},
  { toString: 1 },
  '__proto__',
  '\u0000',
  '\uD800',
  'AAAA',
  '=',
  '🙂',
];
const EVENTS = ['media', 'start', 'stop', 'mark', 'dtmf', 'connected', 'clear', 'x', '', 5, null];

/** A message that is wrong somewhere, or everywhere. */
function hostile(streamSid: string): string | Buffer {
  switch (random(8)) {
    case 0:
      return randomBytes(random(300));
    case 1:
      return randomBytes(random(200)).toString('latin1');
    case 2:
      return '['.repeat(random(5_000));
    case 3:
      return '{"event":"media","media":{"payload":"'.repeat(random(20));
    case 4:
      return `{"event":"media","sequenceNumber":"${random(9)}","media":{"track":"inbound","chunk":"1","timestamp":"${random(2_000_000)}","payload":"${randomBytes(random(2_000)).toString('base64')}"},"streamSid":"${streamSid}"}`;
    default: {
      const message: Record<string, unknown> = {
        event: pick(EVENTS),
        streamSid: pick([streamSid, ...VALUES]),
        media: pick([
          { payload: pick(VALUES), timestamp: pick(VALUES), track: pick(VALUES) },
          ...VALUES,
        ]),
        mark: pick([{ name: pick(VALUES) }, ...VALUES]),
        dtmf: pick([{ digit: pick(VALUES) }, ...VALUES]),
        start: pick([{ callSid: pick(VALUES), streamSid: pick(VALUES) }, ...VALUES]),
      };
      for (let n = random(3); n > 0; n -= 1)
        message[pick(['__proto__', 'constructor', 'event', 'é'])] = pick(VALUES);
      return JSON.stringify(message);
    }
  }
}

describe('hostile frames and handshakes', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start({
      env: { API_REQUESTS_PER_MINUTE: '1000000', MAX_CONCURRENT_CALLS: '100000' },
    });
  });
  afterAll(() => bench.stop());

  it(
    `${FRAMES} frames end their own streams at most; a call beside them hears itself, whole`,
    async () => {
      const healthy = await bench.live(await bench.answered());
      const beat = setInterval(() => healthy.sendAudio(frame(7)), 20);
      let client: StreamClient | null = null;
      let sent = 0;
      let streams = 0;
      while (sent < FRAMES) {
        const call = await bench.answered();
        client = await bench.open(call);
        streams += 1;
        for (let n = 0; n < PER_STREAM && client.socket.readyState === 1; n += 1) {
          client.socket.send(hostile(client.streamSid));
          sent += 1;
          if (n % 20 === 0) await new Promise(setImmediate);
        }
        client.destroy();
      }
      clearInterval(beat);
      await bench.until(() => bench.gateway.service.app.get(LiveSessions).size === 1);
      const { length } = echoed(healthy);
      healthy.sendAudio(frame(9));
      await bench.until(() => echoed(healthy).includes(9));
      expect(new Set(echoed(healthy))).toEqual(new Set([7, 9]));
      expect(length).toBeGreaterThan(20);
      healthy.destroy();
      await bench.until(() => bench.gateway.service.app.get(LiveSessions).size === 0);
      expect(bench.gateway.service.app.get(WaitingSockets).total).toBe(0);
      expect(streams).toBeGreaterThan(FRAMES / PER_STREAM / 2);
    },
    LONG ? 900_000 : undefined,
  );

  it(
    `${HANDSHAKES} broken upgrades are answered or cut, and nobody else notices`,
    async () => {
      const { port } = bench.gateway;
      for (let n = 0; n < HANDSHAKES; n += 1) {
        const target = pick([
          `${STREAM_PATH}/1/1/1`,
          `${STREAM_PATH}/${'9'.repeat(random(400))}`,
          `${STREAM_PATH}/%00/%ff/../../..`,
          '/',
          `/${randomBytes(20).toString('hex')}`,
        ]);
        const headers = [
          `GET ${target} HTTP/1.1`,
          `Host: ${pick(['x', '', 'a'.repeat(5_000)])}`,
          'Connection: Upgrade',
          `Upgrade: ${pick(['websocket', 'WebSocket', 'h2c', ''])}`,
          `Sec-WebSocket-Version: ${pick(['13', '8', '-1', ''])}`,
          `Sec-WebSocket-Key: ${pick(['dGhlIHNhbXBsZSBub25jZQ==', 'x', ''])}`,
          `X-Twilio-Signature: ${pick(['', 'AAAA', randomBytes(20).toString('base64')])}`,
        ].filter(() => random(12) > 0);
        const socket = connect(port, '127.0.0.1');
        const over = new Promise((resolve) => socket.once('close', resolve));
        socket.on('error', () => undefined);
        socket.on('data', () => socket.destroy());
        socket.write(`${headers.join('\r\n')}\r\n\r\n`);
        if (random(3) === 0) socket.write(randomBytes(random(2_000)));
        const cut = setTimeout(() => socket.destroy(), 200);
        await over;
        clearTimeout(cut);
      }
      const client = await bench.live(await bench.answered());
      client.sendAudio(frame(5));
      await bench.until(() => echoed(client).length === 1);
      client.destroy();
    },
    LONG ? 900_000 : undefined,
  );
});

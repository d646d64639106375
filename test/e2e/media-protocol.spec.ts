import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamClient } from '../../tools/carrier/media/connect-stream.js';
import { echoed, frame, StreamBench, streamsOf } from '../support/streams.js';

const media = (payload: unknown) => ({ event: 'media', media: { track: 'inbound', payload } });
const binary = (client: StreamClient) => client.socket.send(Buffer.from([1, 2, 3]));
const says = (message: unknown) => (client: StreamClient) => client.send(message);

/** What breaks the protocol whether or not the stream has started. */
const BREACHES: Array<[string, (client: StreamClient) => void]> = [
  ['binary', binary],
  ['binary that would be JSON', (client) => client.socket.send(Buffer.from('{"event":"stop"}'))],
  ['not JSON', says('hello')],
  ['nothing', says('')],
  ['JSON cut off', says('{"event":"media"')],
  ['null', says('null')],
  ['a list', says([1])],
  ['no event', says({ media: {} })],
  ['media without media', says({ event: 'media' })],
  ['media without payload', says(media(undefined))],
  ['a payload that is no base64', says(media('!!!!'))],
  ['a start without its ids', says({ event: 'start', start: { streamSid: 'MZ1' } })],
  ['dtmf without a digit', says({ event: 'dtmf' })],
];

describe('on a media stream', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start();
  });
  afterAll(() => bench.stop());

  describe('before its start, 4400 and no trace in the run for', () => {
    it.each([
      ...BREACHES,
      ['audio', (client: StreamClient) => client.sendAudio(frame(1))],
      ['a digit', says({ event: 'dtmf', dtmf: { digit: '1' } })],
      ['a mark', says({ event: 'mark', mark: { name: 'a' } })],
      ['stop', says({ event: 'stop' })],
    ] as typeof BREACHES)('%s', async (_, breach) => {
      const call = await bench.answered();
      const before = await bench.api.call(call.runId);
      const refused = bench.refused('protocol-error');
      const client = await bench.open(call, { sendStart: false });
      breach(client);
      expect((await client.closed).code).toBe(4400);
      expect(bench.refused('protocol-error')).toBe(refused + 1);
      expect(await bench.api.call(call.runId)).toEqual(before);
      (await bench.live(call)).destroy();
    });
  });

  describe('while it is live, nothing but an entry in the timeline for one, 4400 for twenty of', () => {
    it.each([
      ...BREACHES,
      [
        'a second start',
        says({ event: 'start', start: { streamSid: 'MZ1', callSid: 'CA1', accountSid: 'AC1' } }),
      ],
    ] as typeof BREACHES)('%s', async (_, breach) => {
      const call = await bench.answered();
      const client = await bench.live(call);
      breach(client);
      client.sendAudio(frame(1));
      await bench.until(() => bench.session(call.runId)?.quality.framesIn === 1);
      for (let n = 1; n < 20; n += 1) breach(client);
      client.sendAudio(frame(1));
      expect((await client.closed).code).toBe(4400);
      const [, end] = await bench.ended(call.runId);
      expect(end).toMatchObject({ cause: 'protocol', code: 4400, frames_in: 1 });
      const told = await bench.api.call(call.runId);
      expect(told.events.filter(({ type }) => type === 'other')).toMatchObject([
        { source: 'media', detail: { odd_message: expect.any(String) } },
      ]);
      expect(bench.session(call.runId)).toBeNull();
    });
  });

  it('a second start before the answer to the first: 4400, and it never becomes a stream', async () => {
    const call = await bench.answered();
    const client = await bench.open(call);
    client.send({
      event: 'start',
      start: { streamSid: 'MZ1', callSid: 'CA1', accountSid: 'AC1' },
    });
    expect((await client.closed).code).toBe(4400);
    await bench.until(() => bench.session(call.runId) === null);
    // Either it was refused in time, or it was a stream and has ended.
    await bench.api.until(call.runId, (one) => [0, 2].includes(streamsOf(one).length));
  });

  describe('a message over 64 KiB: 1009', () => {
    const huge = JSON.stringify({ event: 'news', text: 'x'.repeat(64 * 1024) });

    it('before the start, and the token is not spent', async () => {
      const call = await bench.answered();
      const client = await bench.open(call, { sendStart: false });
      client.send(huge);
      expect((await client.closed).code).toBe(1009);
      (await bench.live(call)).destroy();
    });

    it('while it is live, and the ledger says so at once', async () => {
      const call = await bench.answered();
      const client = await bench.live(call);
      client.send(huge);
      expect((await client.closed).code).toBe(1009);
      const [, end] = await bench.ended(call.runId);
      expect(end).toMatchObject({ cause: 'lost', code: 1009 });
    });

    it('in fragments too', async () => {
      const call = await bench.answered();
      const client = await bench.live(call);
      for (let i = 0; i < 9; i++) client.socket.send('x'.repeat(8 * 1024), { fin: i === 8 });
      expect((await client.closed).code).toBe(1009);
    });

    it('and up to 64 KiB is read', async () => {
      const call = await bench.answered();
      const client = await bench.live(call);
      client.send(JSON.stringify({ event: 'news', text: 'x'.repeat(64 * 1024 - 40) }));
      client.sendAudio(frame(1));
      await bench.until(() => echoed(client).length === 1);
      client.destroy();
    });
  });

  it('bytes that are no WebSocket frame end it, and the ledger says so', async () => {
    const call = await bench.answered();
    const client = await bench.live(call);
    const raw = (client.socket as unknown as { _socket: { write(data: Buffer): void } })._socket;
    raw.write(Buffer.alloc(64, 0xff));
    expect((await client.closed).code).toBe(1002);
    const [, end] = await bench.ended(call.runId);
    expect(end).toMatchObject({ stream: 'ended', cause: 'lost' });
  });

  it('what is new to us is ignored: events, fields, tracks', async () => {
    const call = await bench.answered();
    const client = await bench.live(call);
    client.send({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    client.send({ event: 'transcription', text: 'hello' });
    client.send({ event: '' });
    client.send({ event: 'media', media: { track: 'outbound', payload: 'AAAA' } });
    client.send({
      event: 'media',
      flavour: 'vanilla',
      media: { track: 'inbound', timestamp: 'soon', payload: frame(5).toString('base64'), x: {} },
    });
    await bench.until(() => echoed(client).length === 1);
    client.destroy();
    const [, end] = await bench.ended(call.runId);
    expect(end).toMatchObject({ frames_in: 1, frames_out: 1 });
  });

  it('digits and marks pass without harm, and the agent hears the digits', async () => {
    const digits: string[] = [];
    const workflow = await bench.workflow((call) => ({
      onAudio: (audio) => call.sendAudio(audio),
      onDtmf: (digit) => digits.push(digit),
    }));
    const call = await bench.answered(workflow);
    const client = await bench.live(call);
    for (const digit of '0123456789*#ABCD') {
      client.send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
    }
    for (let i = 0; i < 70; i++) client.send({ event: 'mark', mark: { name: `m${i}` } });
    client.send({ event: 'mark', mark: { name: '' } });
    client.sendAudio(frame(1));
    await bench.until(() => echoed(client).length === 1);
    expect(digits.join('')).toBe('0123456789*#ABCD');
    client.destroy();
  });

  it('pings are answered', async () => {
    const call = await bench.answered();
    const client = await bench.live(call);
    const pong = new Promise((resolve) => client.socket.once('pong', resolve));
    client.socket.ping('are you there');
    expect(String(await pong)).toBe('are you there');
    client.destroy();
  });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { PlivoExchange } from './exchange.js';
import { PLIVO_FACE, VOBIZ_FACE, type Face } from './faces.js';
import { readReply } from './reply.js';
import { ExchangeStream } from './stream.js';

const DIAL = {
  from: '12025550100',
  to: '14155552671',
  answer_url: 'https://gw.example.com/answer',
  answer_method: 'POST',
};
const closing: Array<() => Promise<unknown>> = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const exchangeOf = async (face: Face) => {
  const exchange = await PlivoExchange.start({
    face,
    authId: 'MA1',
    authToken: 'token',
    numbers: ['+12025550100'],
    gateway: null,
  });
  exchange.courier.delivery = 'lost';
  closing.push(() => exchange.stop());
  return exchange;
};

const ask = async (exchange: PlivoExchange, path: string, body?: object) => {
  const reply = await fetch(`${exchange.apiUrl}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from('MA1:token').toString('base64')}`,
      'X-Auth-ID': 'MA1',
      'X-Auth-Token': 'token',
      Connection: 'close',
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return reply.status;
};

describe.each([
  ['Plivo', PLIVO_FACE, 404],
  ['Vobiz', VOBIZ_FACE, 401],
])('the API of the simulator of %s', (_, face, wrongPath) => {
  it.each<[object, string]>([
    [{ to: undefined }, 'to is missing'],
    [{ answer_method: undefined }, 'answer_method is missing'],
    [{ to: '+14155552671' }, 'to is not valid'],
    [{ from: '12025550199' }, 'from is not a number of the account'],
    [{ answer_url: 'http://gw.example.com/' }, 'answer_url is not valid'],
    [{ ring_timeout: '45' }, 'ring_timeout is not valid'],
    [{ machine_detection: true }, 'machine_detection is not valid'],
    [{ status_callback: 'https://gw.example.com/' }, 'status_callback is unknown'],
  ])('refuses a dial with %j: %s', async (change, fault) => {
    const exchange = await exchangeOf(face);
    expect(await ask(exchange, 'Account/MA1/Call/', { ...DIAL, ...change })).toBe(400);
    expect(exchange.violations).toEqual([`a dial was refused: ${fault}`]);
  });

  it('is exact about its paths', async () => {
    const exchange = await exchangeOf(face);
    expect(await ask(exchange, 'Account/MA1/Call/', DIAL)).toBe(201);
    for (const path of ['Account/MA1/Call', 'account/MA1/Call/', 'Account/MA2/Call/']) {
      expect([path, await ask(exchange, path, DIAL)]).toEqual([path, wrongPath]);
    }
  });
});

describe('an instruction is refused', () => {
  const stream = (more: string, face = PLIVO_FACE) =>
    readReply(
      'application/xml',
      `<Response><Stream bidirectional="true" keepCallAlive="true" streamTimeout="60" ${more}>wss://gw.example.com/ws/1</Stream></Response>`,
      face,
    );
  const MULAW = 'contentType="audio/x-mulaw;rate=8000"';

  const badHeaders = 'extraHeaders may have letters and digits, and 512 characters';
  const noToken = 'the token is not where this carrier brings it back';

  it.each([
    ['without a content type', '', '"" is no contentType'],
    ['of an unknown one', 'contentType="audio/x-mulaw;rate=16000"', 'is no contentType'],
    ['with both tracks', `${MULAW} audioTrack="both"`, 'audioTrack is "both"'],
    ['with a token of other characters', `${MULAW} extraHeaders="token=a-b"`, badHeaders],
    ['without a token', MULAW, noToken],
    ['with an attribute of another carrier', `${MULAW} url="x"`, 'url is no attribute of <Stream>'],
  ])('%s', (_, more, fault) => {
    expect(() => stream(more)).toThrow(fault);
  });

  it('of what is no XML, or of another type', () => {
    const text = '<Response><Hangup/></Response>';
    expect(readReply('text/xml; charset=utf-8', text, PLIVO_FACE)).toHaveLength(1);
    expect(() => readReply('text/html', text, PLIVO_FACE)).toThrow('the reply is text/html');
    for (const [body, fault] of [
      ['<Response><Hangup></Response>', 'unexpected close tag'],
      ['<Response><Say>x</Say></Response>', '<Say> is no element'],
      ['<Hangup/>', 'the root is <Hangup>'],
    ] as const) {
      expect(() => readReply('text/xml', body, PLIVO_FACE)).toThrow(fault);
    }
  });
});

describe('a stream', () => {
  const streams = async (face: Face, returnsCleared = false) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const connected = once(server, 'connection') as Promise<[WebSocket]>;
    const violations: string[] = [];
    const stream = await ExchangeStream.open(
      `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      {},
      {
        face,
        callId: 'call-1',
        accountId: 'MA1',
        contentType: 'audio/x-mulaw;rate=8000',
        extraHeaders: '',
        extraHeadersAs: 'semicolons',
        returnsCleared,
        saysStop: true,
        violation: (text) => violations.push(text),
      },
    );
    if (typeof stream === 'number') throw new Error(String(stream));
    const [socket] = await connected;
    const told: string[] = [];
    socket.on('message', (data: Buffer) => {
      const { event, name } = JSON.parse(data.toString()) as { event: string; name?: string };
      told.push(name ?? event);
    });
    closing.push(async () => {
      stream.cut();
      server.close();
      await once(server, 'close');
    });
    const say = (message: object) => socket.send(JSON.stringify(message));
    const streamId = stream.id;
    return { stream, say, told, violations, socket, streamId };
  };
  const audio = (bytes: number, sampleRate = 8000) => ({
    event: 'playAudio',
    media: {
      contentType: 'audio/x-mulaw',
      sampleRate,
      payload: Buffer.alloc(bytes, 1).toString('base64'),
    },
  });

  it('takes frames of 20 ms in its format, and its own words', async () => {
    const { stream, say, violations, socket, streamId } = await streams(VOBIZ_FACE);
    say(audio(160));
    say(audio(161));
    say(audio(160, 16_000));
    say({ event: 'sendDTMF', dtmf: '1' });
    say({ event: 'checkpoint', name: 'm' });
    say({ event: 'clearAudio', streamId });
    socket.send(Buffer.from('x'));
    socket.close();
    await stream.closed;
    expect(violations).toEqual([
      'a frame of 161 bytes',
      'audio of another format than that of the stream',
      'the stream was told "sendDTMF"',
      "checkpoint without the stream's id",
      'a binary message',
    ]);
  });

  it.each([
    [false, ['a', 'clearedAudio', 'c', 'stop']],
    [true, ['a', 'b', 'clearedAudio', 'c', 'stop']],
  ])(
    'returns checkpoints as what was before them is played; cleared ones: %s',
    async (returns, words) => {
      const { stream, say, told, streamId, socket } = await streams(PLIVO_FACE, returns);
      const checkpoint = (name: string) => say({ event: 'checkpoint', streamId, name });
      const isTold = async (word: string) => {
        while (!told.includes(word)) await once(socket, 'message');
      };
      say(audio(160));
      checkpoint('a');
      await isTold('a');
      for (let at = 0; at < 500; at++) say(audio(160));
      checkpoint('b');
      say({ event: 'clearAudio', streamId });
      await isTold('clearedAudio');
      checkpoint('c');
      await isTold('c');
      stream.end();
      await stream.closed;
      expect(told.filter((word) => word !== 'start')).toEqual(words);
    },
  );
});

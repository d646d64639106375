import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { StreamMessage } from '../media-dialect.js';
import { TwilioStream } from './stream.js';

const CALL = `CA${'0a'.repeat(16)}`;
const ACCOUNT = `AC${'1b'.repeat(16)}`;
const STREAM = `MZ${'2c'.repeat(16)}`;
const stream = new TwilioStream();

const decode = (message: unknown): StreamMessage => stream.decode(JSON.stringify(message));

/** Twilio's documented `start`, with changes inside. */
function startWith(changes: Record<string, unknown>): StreamMessage {
  return decode({
    event: 'start',
    sequenceNumber: '1',
    streamSid: STREAM,
    start: {
      accountSid: ACCOUNT,
      streamSid: STREAM,
      callSid: CALL,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { token: 't', agent: 'x' },
      ...changes,
    },
  });
}

function mediaWith(changes: Record<string, unknown>): StreamMessage {
  return decode({
    event: 'media',
    sequenceNumber: '9',
    streamSid: STREAM,
    media: { track: 'inbound', chunk: '8', timestamp: '262', payload: 'f39/AA==', ...changes },
  });
}

describe('what Twilio says', () => {
  it.each([
    [{ event: 'connected', protocol: 'Call', version: '1.0.0' }, { kind: 'connected' }],
    [{ event: 'stop', streamSid: STREAM, stop: { callSid: CALL } }, { kind: 'stop' }],
    [
      { event: 'dtmf', streamSid: STREAM, dtmf: { track: 'inbound_track', digit: '#' } },
      { kind: 'dtmf', digit: '#' },
    ],
    [
      { event: 'mark', streamSid: STREAM, mark: { name: 'u1-end' } },
      { kind: 'mark', name: 'u1-end' },
    ],
    [{ event: 'something-new', data: [1] }, { kind: 'ignored' }],
  ])('%j is understood', (message, expected) => {
    expect(decode(message)).toEqual(expected);
  });

  it('a start names the call and gives the token separately from other parameters', () => {
    expect(startWith({})).toEqual({
      kind: 'start',
      streamId: STREAM,
      callId: CALL,
      accountId: ACCOUNT,
      token: 't',
      parameters: { agent: 'x' },
    });
  });

  it('ids have 1 to 64 characters', () => {
    const longest = `CA${'0'.repeat(62)}`;
    expect(startWith({ callSid: longest })).toMatchObject({ kind: 'start', callId: longest });
    for (const callSid of ['', `${longest}0`, 7]) {
      expect(startWith({ callSid })).toMatchObject({ kind: 'invalid' });
    }
  });

  it('a start may lack parameters and format', () => {
    const plain = { token: null, parameters: {} };
    expect(startWith({ customParameters: undefined })).toMatchObject(plain);
    expect(startWith({ customParameters: [], mediaFormat: undefined })).toMatchObject(plain);
  });

  it('parameters that are not texts or are too long are left out, and none becomes a prototype', () => {
    const message = stream.decode(
      JSON.stringify({
        event: 'start',
        start: { streamSid: STREAM, callSid: CALL, accountSid: ACCOUNT, customParameters: 'X' },
      }).replace(
        '"X"',
        `{"__proto__":"p","constructor":"c","n":1,"o":{},"long":"${'x'.repeat(600)}"}`,
      ),
    );
    const { parameters } = message as { parameters: Record<string, string> };
    expect(Object.entries(parameters)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
  });

  it.each([
    ['without a call', { callSid: undefined }],
    ['with an id that is no text', { streamSid: 5 }],
    ['with an empty id', { accountSid: '' }],
    ['with an endless id', { callSid: 'C'.repeat(65) }],
    ['of another encoding', { mediaFormat: { encoding: 'audio/l16', sampleRate: 8000 } }],
    ['of another rate', { mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 16000 } }],
    [
      'of a rate that cannot be converted',
      { mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: { toString: 1, valueOf: 1 } } },
    ],
  ])('a start %s is invalid', (_, changes) => {
    expect(startWith(changes).kind).toBe('invalid');
  });

  it('audio is decoded, with its time', () => {
    expect(mediaWith({})).toEqual({
      kind: 'audio',
      audio: Buffer.from([0x7f, 0x7f, 0x7f, 0]),
      timestampMs: 262,
    });
    expect(mediaWith({ track: undefined, timestamp: 17 })).toMatchObject({ timestampMs: 17 });
  });

  it('our own side of the call is ignored', () => {
    expect(mediaWith({ track: 'outbound' })).toEqual({ kind: 'ignored' });
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [''],
    ['soon'],
    ['-5'],
    ['Infinity'],
    [{}],
    [[]],
    [true],
    [{ toString: 1, valueOf: 1 }],
  ])('audio is not lost for a timestamp of %j', (timestamp) => {
    expect(mediaWith({ timestamp })).toMatchObject({ kind: 'audio', timestampMs: 0 });
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [''],
    [5],
    ['===='],
    ['A'],
    ['a b='],
    ['äöü='],
    ['ab-_'],
    [['f39/']],
  ])('audio of %j is invalid', (payload) => {
    expect(mediaWith({ payload }).kind).toBe('invalid');
  });

  it.each([
    ['no JSON', '{"event":'],
    ['nothing', ''],
    ['a text', '"media"'],
    ['null', 'null'],
    ['a list', '[{"event":"stop"}]'],
    ['no event', '{}'],
    ['an event that is no text', '{"event":{"toString":"stop"}}'],
    ['media without media', '{"event":"media","media":[]}'],
    ['a start without start', '{"event":"start","start":null}'],
    ['two digits', '{"event":"dtmf","dtmf":{"digit":"12"}}'],
    ['no digit', '{"event":"dtmf","dtmf":{"digit":"x"}}'],
    ['a mark without a name', '{"event":"mark","mark":{"name":1}}'],
    ['endless nesting', '['.repeat(200_000)],
    ['a binary message', Buffer.from('{"event":"stop"}')],
  ])('%s is invalid', (_, text) => {
    expect(stream.decode(text)).toEqual({ kind: 'invalid', reason: expect.any(String) });
  });

  it('never makes the decoder throw, whatever values it has', () => {
    const anything = fc.jsonValue({ maxDepth: 3 });
    const spoilt = fc.oneof(anything, fc.constant({ toString: 1, valueOf: 1 }));
    const part = fc.dictionary(
      fc
        .constantFrom('payload', 'timestamp', 'track', 'streamSid', 'callSid', 'accountSid')
        .map(String),
      spoilt,
    );
    const message = fc.record({
      event: fc.constantFrom('connected', 'start', 'media', 'dtmf', 'mark', 'stop', 'new'),
      start: fc.oneof(part, spoilt),
      media: fc.oneof(part, spoilt),
      dtmf: fc.record({ digit: spoilt }),
      mark: fc.record({ name: spoilt }),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          message.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (text) => {
          expect(stream.decode(text)).toHaveProperty('kind');
        },
      ),
    );
  });
});

/** The codec of a stream that has begun under this name. */
function startedAs(streamSid: string): TwilioStream {
  const codec = new TwilioStream();
  codec.decode(
    JSON.stringify({ event: 'start', start: { streamSid, callSid: CALL, accountSid: ACCOUNT } }),
  );
  return codec;
}

describe('what we send to Twilio', () => {
  // One field more or less is a warning of Twilio's (31951).
  it('has exactly the documented fields', () => {
    const codec = startedAs(STREAM);
    expect(JSON.parse(codec.audio(Buffer.from([255, 127, 0])))).toEqual({
      event: 'media',
      streamSid: STREAM,
      media: { payload: '/38A' },
    });
    expect(JSON.parse(codec.mark('u"1'))).toEqual({
      event: 'mark',
      streamSid: STREAM,
      mark: { name: 'u"1' },
    });
    expect(codec.clear().map((text) => JSON.parse(text) as unknown)).toEqual([
      { event: 'clear', streamSid: STREAM },
    ]);
  });

  it('never changes by a byte', () => {
    const codec = startedAs(STREAM);
    expect([codec.audio(Buffer.from([255, 127, 0])), codec.mark('0-1'), ...codec.clear()]).toEqual([
      `{"event":"media","streamSid":"${STREAM}","media":{"payload":"/38A"}}`,
      `{"event":"mark","streamSid":"${STREAM}","mark":{"name":"0-1"}}`,
      `{"event":"clear","streamSid":"${STREAM}"}`,
    ]);
    expect([codec.digits('1'), codec.hangUp(), codec.begin()]).toEqual([null, null, null]);
  });

  it('is valid JSON whatever the name of the stream', () => {
    const name = 'a"}\\\n\u2028';
    const codec = startedAs(name);
    for (const text of [codec.audio(Buffer.alloc(1)), codec.mark('m'), ...codec.clear()]) {
      expect(JSON.parse(text)).toMatchObject({ streamSid: name });
    }
  });

  it('comes back as the same audio', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), (bytes) => {
        expect(stream.decode(startedAs(STREAM).audio(Buffer.from(bytes)))).toEqual({
          kind: 'audio',
          audio: Buffer.from(bytes),
          timestampMs: 0,
        });
      }),
    );
  });
});

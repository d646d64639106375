import { describe, expect, it } from '@jest/globals';
import { fromWire, toWire, type WireFormat } from '../../audio/wire-format.js';
import { VOBIZ } from '../vobiz/vobiz.dialect.js';
import { packed } from './answer.js';
import { PLIVO, type PlivoDialect } from './dialect.js';
import { PlivoStream } from './stream.js';

const TOKEN = 'abc_DEF-123';

function start(
  more: object = {},
  format: object = { encoding: 'audio/x-mulaw', sampleRate: 8000 },
) {
  return JSON.stringify({
    event: 'start',
    start: { callId: 'call-1', streamId: 'stream-1', accountId: 'MA1', mediaFormat: format },
    ...more,
  });
}

const started = (dialect: PlivoDialect, format?: object) => {
  const stream = new PlivoStream(dialect);
  expect(stream.decode(start({}, format)).kind).toBe('start');
  return stream;
};

describe('a stream begins', () => {
  it.each([
    ['as the pages say', { extra_headers: `token=${packed(TOKEN)};lang=en` }],
    ['with commas', { extra_headers: `lang=en,token=${packed(TOKEN)}` }],
    ['as JSON', { extra_headers: JSON.stringify({ token: packed(TOKEN), lang: 'en' }) }],
    ['as an object', { extraHeaders: { token: packed(TOKEN), lang: 'en' } }],
    ['as it looks like JSON', { extra_headers: `{X-PH-token: ${packed(TOKEN)}, X-PH-lang: en}` }],
  ])('with its token, %s', (_, more) => {
    expect(new PlivoStream(PLIVO).decode(start(more))).toEqual({
      kind: 'start',
      streamId: 'stream-1',
      callId: 'call-1',
      accountId: null,
      token: TOKEN,
      parameters: { lang: 'en' },
    });
  });

  it('without one where it is in the path, and with the fields beside the event', () => {
    const flat = { event: 'start', callId: 'call-1', streamId: 'stream-1', __proto__: null };
    expect(new PlivoStream(VOBIZ).decode(JSON.stringify(flat))).toMatchObject({
      kind: 'start',
      callId: 'call-1',
      token: null,
      parameters: {},
    });
  });

  it.each([
    ['no ids', { start: { callId: 'call-1' } }],
    [
      'an unknown encoding',
      {
        start: { callId: 'c', streamId: 's', mediaFormat: { encoding: 'opus', sampleRate: 8000 } },
      },
    ],
    [
      'an unknown rate',
      {
        start: {
          callId: 'c',
          streamId: 's',
          mediaFormat: { encoding: 'audio/x-l16', sampleRate: 44_100 },
        },
      },
    ],
  ])('not with %s', (_, more) => {
    expect(new PlivoStream(PLIVO).decode(start(more)).kind).toBe('invalid');
  });
});

describe('audio', () => {
  const mulaw = Buffer.from(Array.from({ length: 160 }, (_, at) => 0x20 + (at % 0x40)));

  it('is μ-law, byte for byte', () => {
    const stream = started(PLIVO);
    expect(stream.audio(mulaw)).toBe(
      `{"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"${mulaw.toString('base64')}"}}`,
    );
    const media = {
      track: 'inbound',
      timestamp: '40',
      chunk: 2,
      payload: mulaw.toString('base64'),
    };
    expect(stream.decode(JSON.stringify({ event: 'media', media }))).toEqual({
      kind: 'audio',
      audio: mulaw,
      timestampMs: 40,
    });
  });

  it.each<[string, PlivoDialect, 8000 | 16000, WireFormat['codec'], WireFormat['codec']]>([
    ['Plivo', PLIVO, 8000, 'pcm16le', 'pcm16le'],
    ['Plivo', PLIVO, 16000, 'pcm16le', 'pcm16le'],
    ['Vobiz', VOBIZ, 16000, 'pcm16be', 'pcm16le'],
  ])('of %s may be 16-bit samples, as `start` says', (_, dialect, rate, codecIn, codecOut) => {
    const [heard, told] = [
      { codec: codecIn, rate } as WireFormat,
      { codec: codecOut, rate } as WireFormat,
    ];
    const stream = started(dialect, { encoding: 'audio/x-l16', sampleRate: rate });
    expect(stream.format).toEqual({ in: heard, out: told });
    const sent = JSON.parse(stream.audio(mulaw)) as { media: Record<string, unknown> };
    expect(sent.media).toEqual({
      contentType: 'audio/x-l16',
      sampleRate: rate,
      payload: toWire(told)(mulaw).toString('base64'),
    });
    const payload = toWire(heard)(mulaw);
    const media = { track: 'inbound', timestamp: 0, payload: payload.toString('base64') };
    expect(stream.decode(JSON.stringify({ event: 'media', media }))).toEqual({
      kind: 'audio',
      audio: fromWire(heard)(payload),
      timestampMs: 0,
    });
  });

  it('of our own side is not taken for the caller’s', () => {
    const media = { track: 'outbound', payload: 'f39/fw==' };
    expect(started(PLIVO).decode(JSON.stringify({ event: 'media', media }))).toEqual({
      kind: 'ignored',
    });
  });
});

describe('the other words', () => {
  it.each([
    [
      { event: 'playedStream', name: 'm-1' },
      { kind: 'mark', name: 'm-1' },
    ],
    [{ event: 'clearedAudio' }, { kind: 'cleared' }],
    [{ event: 'stop' }, { kind: 'stop' }],
    [
      { event: 'dtmf', dtmf: { digit: 'd' } },
      { kind: 'dtmf', digit: 'D' },
    ],
    [
      { event: 'error', reason: 'no such call 14155552671' },
      { kind: 'fault', reason: 'no such call [number]' },
    ],
    [{ event: 'playFailed' }, { kind: 'fault', reason: 'playFailed' }],
    [{ event: 'brand-new' }, { kind: 'ignored' }],
    [{ event: 7 }, { kind: 'invalid', reason: 'no event' }],
  ])('%j', (message, meaning) => {
    expect(started(PLIVO).decode(JSON.stringify(message))).toEqual(meaning);
  });

  it('that we say name the stream', () => {
    const stream = started(PLIVO);
    expect(stream.mark('"1"')).toBe(
      '{"event":"checkpoint","streamId":"stream-1","name":"\\"1\\""}',
    );
    expect(stream.clear()).toEqual(['{"event":"clearAudio","streamId":"stream-1"}']);
  });
});

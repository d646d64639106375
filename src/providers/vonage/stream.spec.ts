import { describe, expect, it } from '@jest/globals';
import { VonageStream } from './stream.js';

const START = {
  event: 'websocket:connected',
  'content-type': 'audio/l16;rate=16000',
  token: 't',
  other: 'x',
};
const started = (): VonageStream => {
  const stream = new VonageStream();
  stream.decode(JSON.stringify(START));
  return stream;
};

describe('a stream of Vonage’s', () => {
  it('begins with its headers, of which one is the token; which call it is, it does not say', () => {
    expect(new VonageStream().decode(JSON.stringify(START))).toEqual({
      kind: 'start',
      streamId: null,
      callId: null,
      accountId: null,
      token: 't',
      parameters: { other: 'x' },
    });
    const other = JSON.stringify({ ...START, 'content-type': 'audio/l16;rate=8000' });
    expect(new VonageStream().decode(other)).toMatchObject({ kind: 'invalid' });
  });

  it('is sent messages of 640 bytes, and no others', () => {
    const stream = started();
    for (let frame = 0; frame < 50; frame += 1) {
      expect(stream.audio(Buffer.alloc(160, 0x80))).toHaveLength(640);
    }
    expect(stream.frameBytes).toBe(640);
  });

  it('gives as much as it gets, from the first message on', () => {
    const stream = started();
    for (let frame = 0; frame < 50; frame += 1) {
      expect(stream.decode(Buffer.alloc(640, 1))).toMatchObject({
        kind: 'audio',
        audio: { length: 160 },
        timestampMs: 0,
      });
    }
  });

  it('may have audio before its first message, which is nobody’s', () => {
    const stream = new VonageStream();
    expect(stream.decode(Buffer.alloc(640))).toEqual({ kind: 'ignored' });
    expect(stream.decode(JSON.stringify(START))).toMatchObject({ kind: 'start' });
  });

  it('returns marks in what it notifies, and only what was asked', () => {
    const stream = started();
    expect(JSON.parse(stream.mark('m'))).toEqual({ action: 'notify', payload: { mark: 'm' } });
    const notified = JSON.stringify({ event: 'websocket:notify', payload: { mark: 'm' } });
    expect(stream.decode(notified)).toEqual({ kind: 'mark', name: 'm' });
    expect(stream.decode('{"event":"websocket:notify"}')).toMatchObject({ kind: 'invalid' });
    expect(stream.decode('{"event":"websocket:cleared"}')).toEqual({ kind: 'cleared' });
    expect(stream.decode('{"event":"websocket:new"}')).toEqual({ kind: 'ignored' });
    expect(stream.decode(Buffer.alloc(641))).toMatchObject({ kind: 'invalid' });
  });
});

import { describe, expect, it } from '@jest/globals';
import { readGatewayMessage } from './outbound-message.js';

const SID = 'MZ1';
const read = (message: unknown) => readGatewayMessage(JSON.stringify(message), SID);
const payload = Buffer.from('audio').toString('base64');

describe('a message of the gateway', () => {
  it('is accepted with exactly its fields', () => {
    expect(read({ event: 'media', streamSid: SID, media: { payload } })).toEqual({
      kind: 'media',
      audio: Buffer.from('audio'),
    });
    expect(read({ event: 'mark', streamSid: SID, mark: { name: 'a' } })).toEqual({
      kind: 'mark',
      name: 'a',
    });
    expect(read({ event: 'clear', streamSid: SID })).toEqual({ kind: 'clear' });
  });

  it.each([
    ['another stream', { event: 'clear', streamSid: 'MZ2' }],
    ['snake case', { event: 'clear', stream_sid: SID }],
    ['no streamSid', { event: 'mark', mark: { name: 'a' } }],
    ['an extra field', { event: 'clear', streamSid: SID, sequenceNumber: '1' }],
    ['an extra inner field', { event: 'media', streamSid: SID, media: { payload, track: 'x' } }],
    ['an unknown event', { event: 'dtmf', streamSid: SID }],
    ['no base64', { event: 'media', streamSid: SID, media: { payload: 'a b' } }],
    ['an empty payload', { event: 'media', streamSid: SID, media: { payload: '' } }],
    ['a mark that is not text', { event: 'mark', streamSid: SID, mark: { name: 1 } }],
    ['an array', []],
  ])('with %s is invalid', (_what, message) => {
    expect(read(message).kind).toBe('invalid');
  });

  it('that is not JSON is invalid', () => {
    expect(readGatewayMessage('{', SID)).toEqual({ kind: 'invalid', reason: 'not JSON' });
  });
});

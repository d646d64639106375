import { describe, expect, it } from '@jest/globals';
import { readBotMessage } from './bot-messages.js';

const SID = 'MZ1';
const read = (message: unknown) =>
  readBotMessage(typeof message === 'string' ? message : JSON.stringify(message), SID);
const media = (payload: unknown, more: object = {}) => ({
  event: 'media',
  streamSid: SID,
  media: { payload },
  ...more,
});

const transcript = (told: unknown) => ({
  event: 'patchbay.transcript',
  streamSid: SID,
  transcript: told,
});

describe('what a bot sends', () => {
  it('is obeyed without a word where it is as Twilio wants it', () => {
    expect(read(media('f39/'))).toEqual({
      kind: 'media',
      audio: Buffer.from('7f7f7f', 'hex'),
      fault: null,
    });
    const mark = { event: 'mark', streamSid: SID, mark: { name: 'a' } };
    expect(read(mark)).toEqual({ kind: 'mark', name: 'a', fault: null });
    expect(read({ event: 'clear', streamSid: SID })).toEqual({ kind: 'clear', fault: null });
    const told = { speaker: 'agent', text: 'Hi', final: false, ago_ms: 40 };
    expect(read(transcript(told))).toEqual({
      kind: 'transcript',
      line: { speaker: 'agent', text: 'Hi', final: false, agoMs: 40 },
      fault: null,
    });
    expect(read(transcript({ speaker: 'caller', text: 'Hi' }))).toMatchObject({
      line: { final: true, agoMs: 0 },
    });
  });

  it('is obeyed with a field too many, and that is told', () => {
    expect(read(media('f39/', { sequence: 1 }))).toMatchObject({
      kind: 'media',
      fault: 'it has a field that Twilio does not know',
    });
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['a list', [], 'not a JSON object'],
    ['another event', { event: 'speak', streamSid: SID }, 'none of media, mark, clear'],
    ['no streamSid', { ...media('f39/'), streamSid: undefined }, 'no streamSid'],
    ['another stream’s', media('f39/', { streamSid: 'MZ2' }), 'another stream'],
    [
      'snake case',
      { event: 'media', stream_sid: SID, media: { payload: 'f39/' } },
      'stream_sid in place',
    ],
    ['no payload', media(undefined), 'payload is missing'],
    ['a data URI', media('data:audio/mulaw;base64,f39/'), 'data URI'],
    ['junk', media('not audio!'), 'not base64'],
    ['half a byte', media('A'), 'not base64'],
    ['a mark without a name', { event: 'mark', streamSid: SID, mark: {} }, 'no name'],
    ['no transcript', transcript(null), 'transcript is not an object'],
    ['a third speaker', transcript({ speaker: 'x', text: 'Hi' }), 'none of caller, agent'],
    ['no words', transcript({ speaker: 'agent' }), 'has no text'],
    ['a final that is none', transcript({ speaker: 'agent', text: '', final: 1 }), 'true or false'],
    ['the future', transcript({ speaker: 'agent', text: '', ago_ms: -1 }), 'no duration'],
    ['a mark that is none', { event: 'mark', streamSid: SID, mark: 'a' }, 'not an object'],
  ])('has no effect, and is told: %s', (_, message, why) => {
    expect(read(message)).toEqual({ kind: 'ignored', fault: expect.stringContaining(why) });
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { TwilioStream } from './stream.js';
import { usualMedia, usualTail } from './usual-media.js';

const STREAM = `MZ${'2c'.repeat(16)}`;
const TAIL = usualTail(JSON.stringify(STREAM));

function written(media: Record<string, string>, streamSid = STREAM): string {
  const fields = { track: 'inbound', chunk: '3', timestamp: '40', ...media };
  return JSON.stringify({ event: 'media', sequenceNumber: '4', media: fields, streamSid });
}

/** As JSON: the codec of a stream that has not begun knows nothing as usual. */
const asJson = (text: string): unknown => new TwilioStream().decode(text);

const bytes = fc.uint8Array({ minLength: 1, maxLength: 320 });
const digits = fc.oneof(
  fc.nat().map(String),
  fc.constantFrom('0', '007', '', ' 1', '-1', '1e3', '999999999999', '9999999999999', '१'),
);
/** Base64, and what is nearly that. */
const payload = fc.oneof(
  bytes.map((audio) => Buffer.from(audio).toString('base64')),
  bytes.map((audio) => Buffer.from(audio).toString('base64url')),
  fc.string({ unit: fc.constantFrom('A', '/', '+', '-', '_', '=', ' ', '\n', 'é'), maxLength: 12 }),
);

describe('a media message as Twilio writes it', () => {
  it('is read without JSON', () => {
    const audio = Buffer.from(Array.from({ length: 160 }, (_, at) => at));
    const text = written({ payload: audio.toString('base64') });
    expect(usualMedia(text, TAIL)).toEqual({ kind: 'audio', audio, timestampMs: 40 });
  });

  it('is read as it would be as JSON, or not at all', () => {
    fc.assert(
      fc.property(
        fc.record({ chunk: digits, timestamp: digits, payload }),
        fc.constantFrom('inbound', 'outbound'),
        fc.constantFrom(STREAM, 'MZ1', ''),
        ({ chunk, timestamp, payload: encoded }, track, streamSid) => {
          const text = written({ track, chunk, timestamp, payload: encoded }, streamSid);
          const read = usualMedia(text, TAIL);
          if (read) expect(read).toEqual(asJson(text));
        },
      ),
    );
  });

  it.each([0, 1, 2])('is read with %i letters of padding', (padding) => {
    const audio = Buffer.alloc(162 - padding, 7);
    const text = written({ payload: audio.toString('base64') });
    expect(usualMedia(text, TAIL)).toMatchObject({ audio });
  });

  it('is left to JSON with a letter too many or too few anywhere', () => {
    const text = written({ payload: Buffer.alloc(160, 7).toString('base64') });
    for (let at = 0; at < text.length; at++) {
      const isDigit = /\d/.test(text[at] ?? '');
      for (const other of [
        `${text.slice(0, at)}${text.slice(at + 1)}`,
        `${text.slice(0, at)} ${text.slice(at)}`,
      ]) {
        const read = usualMedia(other, TAIL);
        // A number may have lost a digit.
        if (!isDigit) expect(read).toBeNull();
        else if (read) expect(read).toEqual(asJson(other));
      }
    }
  });

  it('is left to JSON in a text that has the beginning and the end only', () => {
    const text = written({ payload: 'AAAA' });
    for (let from = 0; from < text.length; from++) {
      for (let to = from; to < text.length; to++) {
        const short = `${text.slice(0, from)}${text.slice(to)}`;
        const read = usualMedia(short, TAIL);
        if (read) expect(read).toEqual(asJson(short));
      }
    }
  });
});

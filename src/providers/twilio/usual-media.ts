import type { StreamMessage } from '../media-dialect.js';

const HEAD = '{"event":"media","sequenceNumber":"';
const CHUNK = '","media":{"track":"inbound","chunk":"';
const TIMESTAMP = '","timestamp":"';
const PAYLOAD = '","payload":"';
/** No number is longer. */
const DIGITS_MAX = 12;
const [ZERO, NINE, EQUALS] = [0x30, 0x39, 0x3d];

/** What follows the payload in the usual media message of a stream; `streamSid` is JSON. */
export function usualTail(streamSid: string): string {
  return `"},"streamSid":${streamSid}}`;
}

/**
 * Reads a media message that is exactly as Twilio writes it. It arrives fifty times a second per call, so it is read
 * without a pattern, whose matches would be an object and two texts each time.
 * @param tail see {@link usualTail}
 * @returns null for every other message, even if only a space is different: it is to be read as JSON
 */
export function usualMedia(text: string, tail: string): StreamMessage | null {
  if (!text.startsWith(HEAD) || !text.endsWith(tail)) return null;
  const chunk = afterDigits(text, HEAD.length);
  if (!text.startsWith(CHUNK, chunk)) return null;
  const timestamp = afterDigits(text, chunk + CHUNK.length);
  if (!text.startsWith(TIMESTAMP, timestamp)) return null;
  const from = timestamp + TIMESTAMP.length;
  const to = afterDigits(text, from);
  if (!text.startsWith(PAYLOAD, to)) return null;
  const audio = strictBase64(text.slice(to + PAYLOAD.length, -tail.length));
  return audio && { kind: 'audio', audio, timestampMs: Number(text.slice(from, to)) };
}

/** Where the digits end that begin there; where there are none or too many, the end of the text. */
function afterDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at > from && at - from <= DIGITS_MAX ? at : text.length;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Node leaves out what is no base64, so that the audio is too short then; the letters of base64url it takes. */
function strictBase64(payload: string): Buffer | null {
  const { length } = payload;
  if (length === 0 || length % 4 !== 0 || payload.includes('-') || payload.includes('_')) {
    return null;
  }
  const audio = Buffer.from(payload, 'base64');
  let padding = 0;
  if (payload.charCodeAt(length - 1) === EQUALS) {
    padding = payload.charCodeAt(length - 2) === EQUALS ? 2 : 1;
  }
  return audio.length === (length / 4) * 3 - padding ? audio : null;
}

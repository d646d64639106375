import { isJsonObject, type JsonObject } from '../../shared/json-object.js';
import type { TranscriptLine } from '../agent.js';
import { readTranscriptMessage, TRANSCRIPT_EVENT } from './transcript-message.js';

/** What the bot sends, in our terms; `fault`: what Twilio would warn of (31951), null: nothing. */
export type BotMessage =
  | { kind: 'media'; audio: Buffer; fault: string | null }
  | { kind: 'mark'; name: string; fault: string | null }
  | { kind: 'clear'; fault: string | null }
  /** What was said, in words: a message of ours, which Twilio does not know. */
  | { kind: 'transcript'; line: TranscriptLine; fault: null }
  /** It has no effect, as on Twilio. */
  | { kind: 'ignored'; fault: string };

const MARK_NAME_MAX = 500;

/**
 * Reads a message as Twilio does: what is not exactly as documented is a fault. A field too many is
 * one too, but the message is obeyed, since nobody is helped by silence. Never throws.
 */
export function readBotMessage(text: string, streamSid: string): BotMessage {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return ignored('it is not JSON');
  }
  if (!isJsonObject(message)) return ignored('it is not a JSON object');
  const { event } = message;
  const isOurs = event === TRANSCRIPT_EVENT;
  if (event !== 'media' && event !== 'mark' && event !== 'clear' && !isOurs) {
    return ignored('its event is none of media, mark, clear');
  }
  if (message['streamSid'] !== streamSid) {
    if (message['streamSid'] !== undefined) return ignored('its streamSid is another stream’s');
    const isSnake = message['stream_sid'] !== undefined;
    return ignored(isSnake ? 'it has stream_sid in place of streamSid' : 'it has no streamSid');
  }
  if (isOurs) {
    const line = readTranscriptMessage(message);
    return typeof line === 'string' ? ignored(line) : { kind: 'transcript', line, fault: null };
  }
  if (event === 'clear') return { kind: 'clear', fault: extra(message, ['event', 'streamSid']) };
  const outer = extra(message, ['event', 'streamSid', event]);
  const inner = message[event];
  if (!isJsonObject(inner)) return ignored(`its ${event} is not an object`);
  return event === 'media' ? media(inner, outer) : mark(inner, outer);
}

function media(inner: JsonObject, outer: string | null): BotMessage {
  const { payload } = inner;
  if (typeof payload !== 'string' || payload === '') return ignored('its payload is missing');
  if (payload.startsWith('data:')) return ignored('its payload is a data URI, not base64 alone');
  if (!isBase64(payload)) return ignored('its payload is not base64');
  const audio = Buffer.from(payload, 'base64');
  return { kind: 'media', audio, fault: outer ?? extra(inner, ['payload']) };
}

function mark(inner: JsonObject, outer: string | null): BotMessage {
  const { name } = inner;
  if (typeof name !== 'string') return ignored('its mark has no name');
  if (name.length > MARK_NAME_MAX) return ignored(`the name of its mark is over ${MARK_NAME_MAX}`);
  return { kind: 'mark', name, fault: outer ?? extra(inner, ['name']) };
}

/** Without a pattern over the whole text, which a long one would overflow the stack with. */
function isBase64(text: string): boolean {
  const padding = text.indexOf('=');
  const end = padding < 0 ? text.length : padding;
  const isPadded = padding < 0 || (text.length - end <= 2 && text.endsWith('='));
  return end % 4 !== 1 && end > 0 && isPadded && !/[^A-Za-z0-9+/]/.test(text.slice(0, end));
}

function extra(told: JsonObject, known: readonly string[]): string | null {
  const isExtra = Object.keys(told).some((name) => !known.includes(name));
  return isExtra ? 'it has a field that Twilio does not know' : null;
}

function ignored(fault: string): BotMessage {
  return { kind: 'ignored', fault };
}

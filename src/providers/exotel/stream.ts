import { fromWire, toWire, type WireFormat } from '../../audio/wire-format.js';
import { isJsonObject, readJsonObject, type JsonObject } from '../../shared/json-object.js';
import { base64Audio } from '../base64-audio.js';
import {
  MediaDialect,
  StreamCodec,
  type StreamMessage,
  type UpgradeProof,
  type WireFrame,
} from '../media-dialect.js';

const ID_MAX = 64;
const RATES = [8000, 16000, 24000] as const;
/** The names that its pages and its samples have for 16-bit samples, little-endian. */
const ENCODINGS = new Set(['base64', 'raw', 'raw/slin', 'audio/x-raw', 'audio/x-l16']);
const PARAMETERS_MAX = 10;

/** Streams of a Voicebot applet (https://developer.exotel.com/docs/agentstream/websocket-protocol). */
export class ExotelMedia extends MediaDialect {
  /** A flow goes on, and so the call ends, once the stream is closed. */
  override readonly closes = 'us';

  verifyUpgrade(): UpgradeProof {
    return { kind: 'token-only' };
  }

  session(): ExotelStream {
    return new ExotelStream();
  }
}

/**
 * Its messages: JSON texts in both directions. The pages write names with underscores and some
 * samples do not; numbers are texts in some. Both are read, and the pages' form is written.
 */
export class ExotelStream extends StreamCodec {
  format: { in: WireFormat; out: WireFormat } = formatAt(8000);
  /** As JSON. */
  private streamId = '""';
  private hear = fromWire(this.format.in);
  private speak = toWire(this.format.out);

  decode(text: WireFrame): StreamMessage {
    if (typeof text !== 'string') return invalid('binary message');
    const message = readJsonObject(text);
    if (typeof message === 'string') return invalid(message);
    switch (message['event']) {
      case 'media':
        return this.media(message['media']);
      case 'connected':
        return { kind: 'connected' };
      case 'start':
        return this.start(message);
      case 'dtmf':
        return dtmf(message['dtmf']);
      case 'mark':
        return mark(message['mark']);
      case 'clear':
        return { kind: 'cleared' };
      case 'stop':
        return { kind: 'stop' };
      default:
        return typeof message['event'] === 'string' ? { kind: 'ignored' } : invalid('no event');
    }
  }

  audio(mulaw: Buffer): string {
    return `{"event":"media","stream_sid":${this.streamId},"media":{"payload":"${this.speak(mulaw).toString('base64')}"}}`;
  }

  override mark(name: string): string {
    return `{"event":"mark","stream_sid":${this.streamId},"mark":{"name":${JSON.stringify(name)}}}`;
  }

  clear(): readonly string[] {
    return [`{"event":"clear","stream_sid":${this.streamId}}`];
  }

  private start(message: JsonObject): StreamMessage {
    const { start: body } = message;
    if (!isJsonObject(body)) return invalid('start without start');
    const streamId =
      either(body, 'stream_sid', 'streamSid') ?? either(message, 'stream_sid', 'streamSid');
    const callId = either(body, 'call_sid', 'callSid');
    if (!isId(streamId) || !isId(callId)) return invalid('start without its ids');
    const rate = rateOf(either(body, 'media_format', 'mediaFormat'));
    if (rate === null) return invalid('audio of an unknown format');
    this.format = formatAt(rate);
    this.hear = fromWire(this.format.in);
    this.speak = toWire(this.format.out);
    this.streamId = JSON.stringify(streamId);
    return {
      kind: 'start',
      streamId,
      callId,
      accountId: null,
      token: null,
      parameters: parametersIn(either(body, 'custom_parameters', 'customParameters')),
    };
  }

  private media(body: unknown): StreamMessage {
    if (!isJsonObject(body)) return invalid('media without media');
    const { payload, timestamp } = body;
    const bytes = base64Audio(payload);
    if (!bytes) return invalid('payload is not base64');
    const timestampMs = numberOf(timestamp);
    return {
      kind: 'audio',
      audio: this.hear(bytes),
      timestampMs: Number.isFinite(timestampMs) && timestampMs >= 0 ? timestampMs : 0,
    };
  }
}

function formatAt(rate: (typeof RATES)[number]): { in: WireFormat; out: WireFormat } {
  const format: WireFormat = { codec: 'pcm16le', rate };
  return { in: format, out: format };
}

/** Null for a format of another kind; a start that names none has the default. */
function rateOf(told: unknown): (typeof RATES)[number] | null {
  if (told === undefined) return 8000;
  if (!isJsonObject(told)) return null;
  const encoding = told['encoding'] ?? 'raw';
  if (typeof encoding !== 'string' || !ENCODINGS.has(encoding.toLowerCase())) return null;
  const hertz = either(told, 'sample_rate', 'sampleRate') ?? 8000;
  return RATES.find((rate) => rate === numberOf(hertz)) ?? null;
}

function parametersIn(told: unknown): Record<string, string> {
  if (!isJsonObject(told)) return {};
  const texts = Object.entries(told).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1].length <= 256,
  );
  return Object.fromEntries(texts.slice(0, PARAMETERS_MAX));
}

function dtmf(body: unknown): StreamMessage {
  const digit = isJsonObject(body) ? body['digit'] : undefined;
  return typeof digit === 'string' && /^[0-9A-Da-d*#]$/.test(digit)
    ? { kind: 'dtmf', digit: digit.toUpperCase() }
    : invalid('dtmf without digit');
}

function mark(body: unknown): StreamMessage {
  const name = isJsonObject(body) ? body['name'] : undefined;
  return typeof name === 'string' ? { kind: 'mark', name } : invalid('mark without name');
}

function either(of: JsonObject, name: string, other: string): unknown {
  return of[name] ?? of[other];
}

function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= ID_MAX;
}

function invalid(reason: string): StreamMessage {
  return { kind: 'invalid', reason };
}

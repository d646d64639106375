import { fromWire, MULAW_8K, type WireFormat } from '../../audio/wire-format.js';
import { isJsonObject, readJsonObject, type JsonObject } from '../../shared/json-object.js';
import { base64Audio } from '../base64-audio.js';
import {
  MediaDialect,
  StreamCodec,
  type StreamMessage,
  type UpgradeProof,
  type WireFrame,
} from '../media-dialect.js';
import { isId } from './client-state.js';

const FORMATS: Readonly<Record<string, WireFormat>> = {
  PCMU: MULAW_8K,
  PCMA: { codec: 'alaw', rate: 8000 },
};

/** The least that Telnyx plays in one piece: 20 ms. */
const PIECE_MIN = 160;
const SILENCE = 0xff;
const PARAMETERS_MAX = 100;
const PARAMETER_MAX = 500;

/**
 * Telnyx's media streaming (https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming). Its upgrade
 * is not signed; the token in the path proves which call it is for.
 */
export class TelnyxMedia extends MediaDialect {
  /** That the end of a call closes the socket is not documented. */
  override readonly closes = 'us';

  verifyUpgrade(): UpgradeProof {
    return { kind: 'token-only' };
  }

  session(): TelnyxStream {
    return new TelnyxStream();
  }
}

/**
 * One socket: JSON texts, audio as base64. What we send is μ-law, as the stream was asked for; what we receive is
 * what the phone speaks where Telnyx does not convert it, and only `start` tells.
 */
export class TelnyxStream extends StreamCodec {
  private incoming: WireFormat = MULAW_8K;
  private hear: ((bytes: Buffer) => Buffer) | null = null;

  get format(): { in: WireFormat; out: WireFormat } {
    return { in: this.incoming, out: MULAW_8K };
  }

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
      case 'error':
        return fault(message['payload']);
      case 'stop':
        return { kind: 'stop' };
      default:
        return typeof message['event'] === 'string' ? { kind: 'ignored' } : invalid('no event');
    }
  }

  audio(mulaw: Buffer): string {
    const piece =
      mulaw.length >= PIECE_MIN
        ? mulaw
        : Buffer.concat([mulaw, Buffer.alloc(PIECE_MIN - mulaw.length, SILENCE)]);
    return `{"event":"media","media":{"payload":"${piece.toString('base64')}"}}`;
  }

  override mark(name: string): string {
    return JSON.stringify({ event: 'mark', mark: { name } });
  }

  /** Telnyx returns every outstanding mark. */
  clear(): readonly string[] {
    return ['{"event":"clear"}'];
  }

  private start(message: JsonObject): StreamMessage {
    const { stream_id: streamId, start: body } = message;
    if (!isJsonObject(body)) return invalid('start without start');
    const { call_control_id: callId, media_format: format, custom_parameters: given } = body;
    if (!isId(callId)) return invalid('start without its call');
    const incoming = formatOf(format);
    if (incoming === null) return invalid('audio is neither μ-law nor A-law at 8 kHz');
    this.incoming = incoming;
    this.hear = fromWire(incoming);
    return {
      kind: 'start',
      streamId: isId(streamId) ? streamId.slice(0, 64) : null,
      callId,
      accountId: null,
      token: null,
      parameters: parametersOf(given),
    };
  }

  private media(body: unknown): StreamMessage {
    if (!isJsonObject(body)) return invalid('media without media');
    const { track, payload, timestamp } = body;
    if (track !== undefined && track !== 'inbound') return { kind: 'ignored' };
    // Messages may overtake each other, and what is said before `start` has no format yet.
    if (this.hear === null) return { kind: 'ignored' };
    const bytes = base64Audio(payload);
    if (!bytes) return invalid('payload is not base64');
    const time = numberOf(timestamp);
    const isTime = Number.isFinite(time) && time >= 0;
    return { kind: 'audio', audio: this.hear(bytes), timestampMs: isTime ? time : 0 };
  }
}

/** Null where we do not understand the audio. Without any description it is as we asked. */
function formatOf(format: unknown): WireFormat | null {
  if (!isJsonObject(format)) return MULAW_8K;
  const { encoding, sample_rate: rate, channels } = format;
  if (numberOf(rate ?? 8000) !== 8000 || numberOf(channels ?? 1) !== 1) return null;
  const name = typeof encoding === 'string' ? encoding.toUpperCase() : '';
  return Object.hasOwn(FORMATS, name) ? (FORMATS[name] ?? null) : null;
}

function parametersOf(given: unknown): Record<string, string> {
  const parameters: Record<string, string> = {};
  if (!isJsonObject(given)) return parameters;
  for (const [name, value] of Object.entries(given).slice(0, PARAMETERS_MAX)) {
    if (typeof value !== 'string' || name.length + value.length > PARAMETER_MAX) continue;
    Object.defineProperty(parameters, name, { value, enumerable: true });
  }
  return parameters;
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

function fault(body: unknown): StreamMessage {
  const { code, title } = Object(body) as { code?: unknown; title?: unknown };
  const words = [code, title].filter((one) => typeof one === 'string' || typeof one === 'number');
  return { kind: 'fault', reason: words.join(' ').slice(0, 200) || 'it does not say what' };
}

/** Numbers arrive as texts, some as numbers; converting anything else may throw. */
function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
}

function invalid(reason: string): StreamMessage {
  return { kind: 'invalid', reason };
}

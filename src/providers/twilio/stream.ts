import { MULAW_8K } from '../../audio/wire-format.js';
import { isJsonObject, readJsonObject, type JsonObject } from '../../shared/json-object.js';
import { base64Audio } from '../base64-audio.js';
import {
  MediaDialect,
  StreamCodec,
  type StreamMessage,
  type UpgradeProof,
  type UpgradeRequest,
  type WireFrame,
} from '../media-dialect.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { verifyUpgradeSignature } from './signature.js';
import { usualMedia, usualTail } from './usual-media.js';

const ID_MAX = 64;
const PARAMETERS_MAX = 100;
const PARAMETER_MAX = 500;

/** Twilio's Media Streams. */
export class TwilioMedia extends MediaDialect {
  constructor(
    private readonly tokens: readonly string[],
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    super();
  }

  verifyUpgrade({ headers, urls }: UpgradeRequest): UpgradeProof {
    if (!this.dialect.signsUpgrades) return { kind: 'token-only' };
    return verifyUpgradeSignature(headers, urls, this.tokens);
  }

  session(): TwilioStream {
    return new TwilioStream();
  }
}

/**
 * Twilio's Media Streams messages (Twilio docs, "Media Streams – WebSocket Messages"): JSON text
 * frames. Unknown fields and events are ignored. What we send has exactly the documented fields,
 * because an additional one causes a warning (31951) and maybe a lost message.
 */
export class TwilioStream extends StreamCodec {
  readonly format = { in: MULAW_8K, out: MULAW_8K };
  /** As JSON. */
  private streamSid = '""';
  private tail = usualTail(this.streamSid);

  decode(text: WireFrame): StreamMessage {
    if (typeof text !== 'string') return invalid('binary message');
    const usual = usualMedia(text, this.tail);
    if (usual) return usual;
    const message = readJsonObject(text);
    if (typeof message === 'string') return invalid(message);
    switch (message['event']) {
      case 'media':
        return media(message);
      case 'connected':
        return { kind: 'connected' };
      case 'start':
        return this.start(message);
      case 'dtmf':
        return dtmf(message);
      case 'mark':
        return mark(message);
      case 'stop':
        return { kind: 'stop' };
      default:
        return typeof message['event'] === 'string' ? { kind: 'ignored' } : invalid('no event');
    }
  }

  audio(mulaw: Buffer): string {
    return `{"event":"media","streamSid":${this.streamSid},"media":{"payload":"${mulaw.toString('base64')}"}}`;
  }

  override mark(name: string): string {
    return `{"event":"mark","streamSid":${this.streamSid},"mark":{"name":${JSON.stringify(name)}}}`;
  }

  /** Twilio returns every outstanding mark. */
  clear(): readonly string[] {
    return [`{"event":"clear","streamSid":${this.streamSid}}`];
  }

  private start(message: JsonObject): StreamMessage {
    const read = start(message);
    if (read.kind === 'start') {
      this.streamSid = JSON.stringify(read.streamId);
      this.tail = usualTail(this.streamSid);
    }
    return read;
  }
}

function media(message: JsonObject): StreamMessage {
  const { media: body } = message;
  if (!isJsonObject(body)) return invalid('media without media');
  const { payload, timestamp, track } = body;
  // A bidirectional stream carries the caller's side only.
  if (track !== undefined && track !== 'inbound') return { kind: 'ignored' };
  if (typeof payload !== 'string' || payload.length === 0) return invalid('media without payload');
  const audio = base64Audio(payload);
  if (!audio) return invalid('payload is not base64');
  const timestampMs = numberOf(timestamp);
  return {
    kind: 'audio',
    audio,
    timestampMs: Number.isFinite(timestampMs) && timestampMs >= 0 ? timestampMs : 0,
  };
}

function start(message: JsonObject): StreamMessage {
  const { start: body } = message;
  if (!isJsonObject(body)) return invalid('start without start');
  const { streamSid, callSid, accountSid, customParameters, mediaFormat } = body;
  if (!isId(streamSid) || !isId(callSid) || !isId(accountSid)) {
    return invalid('start without its ids');
  }
  if (isJsonObject(mediaFormat) && !isMulaw(mediaFormat))
    return invalid('audio is not μ-law 8 kHz');
  const parameters: Record<string, string> = {};
  let token: string | null = null;
  if (isJsonObject(customParameters)) {
    for (const [name, value] of Object.entries(customParameters).slice(0, PARAMETERS_MAX)) {
      if (typeof value !== 'string' || name.length + value.length > PARAMETER_MAX) continue;
      if (name === 'token') token = value;
      else Object.defineProperty(parameters, name, { value, enumerable: true });
    }
  }
  return {
    kind: 'start',
    streamId: streamSid,
    callId: callSid,
    accountId: accountSid,
    token,
    parameters,
  };
}

function dtmf(message: JsonObject): StreamMessage {
  const { dtmf: body } = message;
  const digit = isJsonObject(body) ? body['digit'] : undefined;
  return typeof digit === 'string' && /^[0-9A-Da-d*#]$/.test(digit)
    ? { kind: 'dtmf', digit: digit.toUpperCase() }
    : invalid('dtmf without digit');
}

function mark(message: JsonObject): StreamMessage {
  const { mark: body } = message;
  const name = isJsonObject(body) ? body['name'] : undefined;
  return typeof name === 'string' ? { kind: 'mark', name } : invalid('mark without name');
}

function isMulaw(format: JsonObject): boolean {
  return format['encoding'] === 'audio/x-mulaw' && numberOf(format['sampleRate']) === 8000;
}

/** Numbers arrive as texts, some as numbers; converting anything else may throw. */
function numberOf(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= ID_MAX;
}

function invalid(reason: string): StreamMessage {
  return { kind: 'invalid', reason };
}

import { fromWire, MULAW_8K, toWire, type WireFormat } from '../../audio/wire-format.js';
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
import { TOKEN_FIELD, unpacked } from './answer.js';
import type { PlivoDialect } from './dialect.js';
import { withoutNumbers } from '../without-numbers.js';
import { verifyUpgrade, type Signer } from './signature.js';
import { formatOf, parametersIn } from './stream-start.js';

const ID_MAX = 64;

/** Plivo's audio streams (https://www.plivo.com/docs/voice-agents/audio-streaming/concepts/audio-streaming-reference). */
export class PlivoMedia extends MediaDialect {
  constructor(private readonly signer: Signer) {
    super();
  }

  verifyUpgrade({ headers, urls }: UpgradeRequest): UpgradeProof {
    if (!this.signer.dialect.signsUpgrades) return { kind: 'token-only' };
    return verifyUpgrade(headers, urls, this.signer);
  }

  session(): PlivoStream {
    return new PlivoStream(this.signer.dialect);
  }
}

/**
 * Its messages: JSON texts in both directions. Unknown fields and events are ignored. There is no word for the end of a
 * stream but the end of the connection; the `stop` of older pages is understood.
 */
export class PlivoStream extends StreamCodec {
  format: { in: WireFormat; out: WireFormat } = { in: MULAW_8K, out: MULAW_8K };
  /** As JSON. */
  private streamId = '""';
  private hear = fromWire(MULAW_8K);
  private speak = toWire(MULAW_8K);
  /** What every message of audio begins with. */
  private prefix = audioPrefix(MULAW_8K);

  constructor(private readonly dialect: PlivoDialect) {
    super();
  }

  decode(text: WireFrame): StreamMessage {
    if (typeof text !== 'string') return invalid('binary message');
    const message = readJsonObject(text);
    if (typeof message === 'string') return invalid(message);
    switch (message['event']) {
      case 'media':
        return this.media(message);
      case 'start':
        return this.start(message);
      case 'dtmf':
        return dtmf(message);
      case 'playedStream':
        return played(message);
      case 'clearedAudio':
        return { kind: 'cleared' };
      case 'playFailed':
      case 'error':
        return { kind: 'fault', reason: reasonIn(message) };
      case 'stop':
        return { kind: 'stop' };
      default:
        return typeof message['event'] === 'string' ? { kind: 'ignored' } : invalid('no event');
    }
  }

  audio(mulaw: Buffer): string {
    return `${this.prefix}${this.speak(mulaw).toString('base64')}"}}`;
  }

  override mark(name: string): string {
    return `{"event":"checkpoint","streamId":${this.streamId},"name":${JSON.stringify(name)}}`;
  }

  /** Checkpoints that were not reached do not come back. */
  clear(): readonly string[] {
    return [`{"event":"clearAudio","streamId":${this.streamId}}`];
  }

  private start(message: JsonObject): StreamMessage {
    // An older page has the fields beside the event.
    const body = isJsonObject(message['start']) ? message['start'] : message;
    const { streamId, callId, mediaFormat } = body;
    if (!isId(streamId) || !isId(callId)) return invalid('start without its ids');
    const format = mediaFormat === undefined ? null : formatOf(mediaFormat, this.dialect);
    if (format === 'unknown') return invalid('audio of an unknown format');
    if (format !== null) this.speakAs(format);
    this.streamId = JSON.stringify(streamId);
    const extra = message['extra_headers'] ?? message['extraHeaders'] ?? body['extra_headers'];
    const { [TOKEN_FIELD]: token, ...parameters } = parametersIn(extra ?? body['extraHeaders']);
    return {
      kind: 'start',
      streamId,
      callId,
      // Not compared: a call of a subaccount may have the name of either account.
      accountId: null,
      token: token === undefined || !this.dialect.signsUpgrades ? null : unpacked(token),
      parameters,
    };
  }

  private speakAs(format: { in: WireFormat; out: WireFormat }): void {
    this.format = format;
    this.hear = fromWire(format.in);
    this.speak = toWire(format.out);
    this.prefix = audioPrefix(format.out);
  }

  private media(message: JsonObject): StreamMessage {
    const { media: body } = message;
    if (!isJsonObject(body)) return invalid('media without media');
    const { payload, timestamp, track } = body;
    // A bidirectional stream carries the caller's side only.
    if (track !== undefined && track !== 'inbound') return { kind: 'ignored' };
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

function audioPrefix({ codec, rate }: WireFormat): string {
  const contentType = codec === 'mulaw' ? 'audio/x-mulaw' : 'audio/x-l16';
  return `{"event":"playAudio","media":{"contentType":"${contentType}","sampleRate":${rate},"payload":"`;
}

function dtmf(message: JsonObject): StreamMessage {
  const { dtmf: body } = message;
  const digit = isJsonObject(body) ? body['digit'] : undefined;
  return typeof digit === 'string' && /^[0-9A-Da-d*#]$/.test(digit)
    ? { kind: 'dtmf', digit: digit.toUpperCase() }
    : invalid('dtmf without digit');
}

function played({ name }: JsonObject): StreamMessage {
  return typeof name === 'string' ? { kind: 'mark', name } : invalid('playedStream without name');
}

function reasonIn({ event, reason, message }: JsonObject): string {
  const why = typeof reason === 'string' ? reason : message;
  return typeof why === 'string' ? withoutNumbers(why) : String(event);
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

import { fromWire, toWire, wireFrameBytes, type WireFormat } from '../../audio/wire-format.js';
import { jsonObjectIn } from '../../shared/json-object.js';
import {
  MediaDialect,
  StreamCodec,
  type StartMessage,
  type StreamMessage,
  type UpgradeProof,
  type UpgradeRequest,
  type WireFrame,
} from '../media-dialect.js';
import { isBasic } from './is-basic.js';
import { numberIn, textIn } from './ari-messages.js';
import type { AsteriskAccount, MediaFormat } from './asterisk.settings.js';

/** `slin16` is little-endian, whatever the machine. */
const FORMATS: Readonly<Record<MediaFormat, WireFormat>> = {
  ulaw: { codec: 'mulaw', rate: 8000 },
  slin16: { codec: 'pcm16le', rate: 16000 },
};

/** There are no ids on the socket: its token names the run. */
const START: StartMessage = {
  kind: 'start',
  streamId: null,
  callId: null,
  accountId: null,
  token: null,
  parameters: {},
};

const IGNORED: StreamMessage = { kind: 'ignored' };

/**
 * The socket of `chan_websocket`: audio as binary messages without a header, everything else as
 * JSON texts. https://docs.asterisk.org/Configuration/Channel-Drivers/WebSocket/
 */
export class AsteriskMedia extends MediaDialect {
  override readonly subprotocol = 'media';
  override readonly closes = 'us';

  constructor(
    private readonly account: Pick<AsteriskAccount, 'username' | 'password' | 'mediaFormat'>,
  ) {
    super();
  }

  /** The password proves that it is this Asterisk; which call it is for, only the token proves. */
  verifyUpgrade({ headers }: UpgradeRequest): UpgradeProof {
    const { username, password } = this.account;
    const given = headers.authorization;
    if (given === undefined) return { valid: false, reason: 'missing' };
    return isBasic(given, username, password)
      ? { kind: 'token-only' }
      : { valid: false, reason: 'mismatch' };
  }

  session(): AsteriskCodec {
    return new AsteriskCodec(this.account.mediaFormat);
  }
}

class AsteriskCodec extends StreamCodec {
  readonly format: { in: WireFormat; out: WireFormat };
  override readonly frameBytes: number;
  private readonly hear: (bytes: Buffer) => Buffer;
  private readonly say: (mulaw: Buffer) => Buffer;

  constructor(private readonly name: MediaFormat) {
    super();
    const format = FORMATS[name];
    this.format = { in: format, out: format };
    this.frameBytes = wireFrameBytes(format);
    this.hear = fromWire(format);
    this.say = toWire(format);
  }

  /** We have named the format, and audio may come before Asterisk's `MEDIA_START`. */
  override begin(): StartMessage {
    return START;
  }

  decode(frame: WireFrame): StreamMessage {
    if (typeof frame !== 'string')
      return { kind: 'audio', audio: this.hear(frame), timestampMs: 0 };
    const message = jsonObjectIn(frame);
    if (message === null) return { kind: 'invalid', reason: 'a text that is no JSON object' };
    switch (message['event']) {
      case 'MEDIA_START':
        return textIn(message['format']) === this.name
          ? IGNORED
          : { kind: 'invalid', reason: 'its audio has another format' };
      case 'DTMF_END':
        return digitOf(message['digit']);
      case 'MEDIA_MARK_PROCESSED':
        return { kind: 'mark', name: textIn(message['correlation_id']) };
      case 'QUEUE_DRAINED':
        return { kind: 'cleared' };
      case 'MEDIA_XOFF':
        return { kind: 'flow', ready: false };
      case 'MEDIA_XON':
        return { kind: 'flow', ready: true };
      case 'ERROR':
        return { kind: 'fault', reason: textIn(message['error_text']) || 'it does not say what' };
      default:
        // New versions say more.
        return textIn(message['event']) === ''
          ? { kind: 'invalid', reason: 'a text that names no event' }
          : IGNORED;
    }
  }

  audio(mulaw: Buffer): Buffer {
    return this.say(mulaw);
  }

  override mark(name: string): string {
    return JSON.stringify({ command: 'MARK_MEDIA', correlation_id: name });
  }

  /** Marks that were queued before it never come back; our own clock settles them. */
  clear(): readonly string[] {
    return ['{"command":"FLUSH_MEDIA"}'];
  }

  override hangUp(): string {
    return '{"command":"HANGUP"}';
  }
}

function digitOf(digit: unknown): StreamMessage {
  const text = numberIn(digit) === null ? textIn(digit) : String(digit);
  return /^[0-9A-D*#]$/.test(text) ? { kind: 'dtmf', digit: text } : IGNORED;
}

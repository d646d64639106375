import { fromWire, toWire, wireFrameBytes, type WireFormat } from '../../audio/wire-format.js';
import { isJsonObject, readJsonObject, type JsonObject } from '../../shared/json-object.js';
import {
  MediaDialect,
  StreamCodec,
  type StreamMessage,
  type UpgradeProof,
  type UpgradeRequest,
  type WireFrame,
} from '../media-dialect.js';
import { CONTENT_TYPE, TOKEN_FIELD } from './answer.js';
import { verifyUpgrade, type Signer } from './signature.js';

const FORMAT: WireFormat = { codec: 'pcm16le', rate: 16000 };
const PARAMETERS_MAX = 20;
const PARAMETER_MAX = 512;

/** Vonage's WebSockets (https://developer.vonage.com/en/voice/voice-api/guides/websockets). */
export class VonageMedia extends MediaDialect {
  /** That the end of a call closes the socket is not documented. */
  override readonly closes = 'us';

  constructor(private readonly signer: Signer) {
    super();
  }

  verifyUpgrade({ headers }: UpgradeRequest): UpgradeProof {
    return verifyUpgrade(headers, this.signer);
  }

  session(): VonageStream {
    return new VonageStream();
  }
}

/**
 * One socket: audio in binary messages, 20 ms in each of them, and everything else as JSON. The first message has the
 * headers of the stream, and so its token; which call it is, only the token says.
 */
export class VonageStream extends StreamCodec {
  readonly format = { in: FORMAT, out: FORMAT };
  /** What Vonage is sent in messages of another size, it does not play as it should. */
  override readonly frameBytes = wireFrameBytes(FORMAT);
  private readonly hear = fromWire(FORMAT);
  private readonly speak = toWire(FORMAT);
  private isStarted = false;

  decode(frame: WireFrame): StreamMessage {
    if (typeof frame !== 'string') return this.heard(frame);
    const message = readJsonObject(frame);
    if (typeof message === 'string') return invalid(message);
    switch (message['event']) {
      case 'websocket:connected':
        return this.start(message);
      case 'websocket:dtmf':
        return dtmf(message);
      case 'websocket:notify':
        return mark(message['payload']);
      case 'websocket:cleared':
        return { kind: 'cleared' };
      default:
        return typeof message['event'] === 'string' ? { kind: 'ignored' } : invalid('no event');
    }
  }

  audio(mulaw: Buffer): Buffer {
    return this.speak(mulaw);
  }

  /** Vonage returns the payload once everything before it was played. */
  override mark(name: string): string {
    return JSON.stringify({ action: 'notify', payload: { mark: name } });
  }

  /** That what waits to be notified is still notified after this is not promised. */
  clear(): readonly string[] {
    return ['{"action":"clear"}'];
  }

  private heard(bytes: Buffer): StreamMessage {
    // Audio may overtake the first message.
    if (!this.isStarted) return { kind: 'ignored' };
    if (bytes.length === 0 || bytes.length % 2 === 1) return invalid('half a sample');
    return { kind: 'audio', audio: this.hear(bytes), timestampMs: 0 };
  }

  private start(message: JsonObject): StreamMessage {
    const { event: _event, 'content-type': type, [TOKEN_FIELD]: token, ...headers } = message;
    if (type !== undefined && !isOurs(type)) return invalid('audio of another format than asked');
    this.isStarted = true;
    return {
      kind: 'start',
      streamId: null,
      callId: null,
      accountId: null,
      token: typeof token === 'string' ? token : null,
      parameters: textsIn(headers),
    };
  }
}

/** Whether audio is of the format that we ask for, however that is written. */
function isOurs(type: unknown): boolean {
  return typeof type === 'string' && type.toLowerCase().replace(/\s/g, '') === CONTENT_TYPE;
}

function textsIn(headers: JsonObject): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers).slice(0, PARAMETERS_MAX)) {
    if (typeof value !== 'string' || name.length + value.length > PARAMETER_MAX) continue;
    Object.defineProperty(parameters, name, { value, enumerable: true });
  }
  return parameters;
}

function dtmf({ digit }: JsonObject): StreamMessage {
  return typeof digit === 'string' && /^[0-9A-Da-d*#]$/.test(digit)
    ? { kind: 'dtmf', digit: digit.toUpperCase() }
    : invalid('dtmf without digit');
}

function mark(payload: unknown): StreamMessage {
  const name = isJsonObject(payload) ? payload['mark'] : undefined;
  return typeof name === 'string' ? { kind: 'mark', name } : invalid('notify without a mark');
}

function invalid(reason: string): StreamMessage {
  return { kind: 'invalid', reason };
}

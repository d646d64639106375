import { fromWire, toWire, wireFrameBytes, type WireFormat } from '../../src/audio/wire-format.js';
import {
  MediaDialect,
  StreamCodec,
  type StartMessage,
  type StreamMessage,
  type UpgradeProof,
  type WireFrame,
} from '../../src/providers/media-dialect.js';

export const BINARY_FORMAT: WireFormat = { codec: 'pcm16le', rate: 16000 };
export const BINARY_FRAME_BYTES = wireFrameBytes(BINARY_FORMAT);

/**
 * A made-up carrier that differs from Twilio in every respect: audio from the
 * first frame on, without a `start` and without ids; binary frames of exactly 20
 * ms, 16 kHz; no marks; a few words as texts; and a socket that we have to
 * close.
 */
export class BinaryDialect extends MediaDialect {
  override readonly subprotocol = 'made-up';
  override readonly closes = 'us';

  verifyUpgrade(): UpgradeProof {
    return { kind: 'token-only' };
  }

  session(): BinaryCodec {
    return new BinaryCodec();
  }
}

class BinaryCodec extends StreamCodec {
  readonly format = { in: BINARY_FORMAT, out: BINARY_FORMAT };
  override readonly frameBytes = BINARY_FRAME_BYTES;
  private readonly hear = fromWire(BINARY_FORMAT);
  private readonly say = toWire(BINARY_FORMAT);

  override begin(): StartMessage {
    return {
      kind: 'start',
      streamId: null,
      callId: null,
      accountId: null,
      token: null,
      parameters: {},
    };
  }

  decode(frame: WireFrame): StreamMessage {
    if (typeof frame !== 'string') {
      return frame.length === BINARY_FRAME_BYTES
        ? { kind: 'audio', audio: this.hear(frame), timestampMs: 0 }
        : { kind: 'invalid', reason: `a frame of ${frame.length} bytes` };
    }
    const [word = '', rest = ''] = frame.split(' ', 2);
    switch (word) {
      case 'DIGIT':
        return { kind: 'dtmf', digit: rest };
      case 'CLEARED':
        return { kind: 'cleared' };
      case 'XOFF':
      case 'XON':
        return { kind: 'flow', ready: word === 'XON' };
      case 'ERROR':
        return { kind: 'fault', reason: rest };
      default:
        return { kind: 'invalid', reason: 'no such word' };
    }
  }

  audio(mulaw: Buffer): Buffer {
    return this.say(mulaw);
  }

  clear(): readonly string[] {
    return ['CLEAR'];
  }

  override hangUp(): string {
    return 'HANGUP';
  }
}

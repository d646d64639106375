import {
  MediaDialect,
  StreamCodec,
  type StreamMessage,
  type UpgradeProof,
  type WireFrame,
} from '../media-dialect.js';
import { TwilioStream } from '../twilio/stream.js';

const ID_MAX = 64;

/** Streams of `<Connect><Stream>` (https://developers.cloudonix.com/Documentation/voiceApplication/Verb/connect/stream). */
export class CloudonixMedia extends MediaDialect {
  /** The application goes on to its `<Hangup>` once the stream is closed. */
  override readonly closes = 'us';

  verifyUpgrade(): UpgradeProof {
    return { kind: 'token-only' };
  }

  session(): CloudonixStream {
    return new CloudonixStream();
  }
}

/** Twilio's messages, but for marks: that one comes back is not documented, so our own clock settles them. */
export class CloudonixStream extends StreamCodec {
  private readonly twilio = new TwilioStream();
  readonly format = this.twilio.format;

  /** `start.callSid` is another id than that of the session, and `accountSid` may be a short name of the domain. */
  decode(text: WireFrame): StreamMessage {
    const message = this.twilio.decode(text);
    if (message.kind !== 'start') return message;
    return { ...message, callId: sessionIn(text), accountId: null, token: null };
  }

  audio(mulaw: Buffer): string {
    return this.twilio.audio(mulaw);
  }

  clear(): readonly string[] {
    return this.twilio.clear();
  }
}

/** Of a `start` that was read; null where it names no session. */
function sessionIn(start: WireFrame): string | null {
  const { start: body } = JSON.parse(start.toString()) as { start: { session?: unknown } };
  const { session } = body;
  return typeof session === 'string' && session !== '' && session.length <= ID_MAX ? session : null;
}

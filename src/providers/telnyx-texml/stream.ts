import type { StreamMessage, WireFrame } from '../media-dialect.js';
import { TelnyxMedia, TelnyxStream } from '../telnyx/stream.js';

/**
 * Telnyx's media streaming, for a call that TeXML knows by its `CallSid`: that the stream calls it the same is not
 * documented, so the token in the path alone says which call it is.
 */
export class TexmlMedia extends TelnyxMedia {
  override session(): TexmlStream {
    return new TexmlStream();
  }
}

class TexmlStream extends TelnyxStream {
  override decode(text: WireFrame): StreamMessage {
    const message = super.decode(text);
    return message.kind === 'start' ? { ...message, callId: null } : message;
  }
}

import { randomBytes } from 'node:crypto';
import { CarrierSocket } from '../media/carrier-socket.js';
import { FRAME_MS, type FrameClock } from '../media/frame-clock.js';
import {
  CONNECTED_MESSAGE,
  dtmfMessage,
  mediaMessage,
  stopMessage,
} from '../media/stream-messages.js';

const SILENCE = Buffer.alloc(160, 0xff);

export interface StreamOf {
  token: string;
  callSid: string;
  /** Perhaps without the part behind its first dot. */
  domain: string;
  from: string;
  to: string;
}

/** The carrier's end of a stream: μ-law, both ways, at the pace of speech. */
export class CloudonixSocket extends CarrierSocket {
  readonly id = randomBytes(16).toString('hex');
  private sequence = 0;

  constructor(
    private readonly call: StreamOf,
    clock: FrameClock,
    violate: (what: string) => void,
    onClosed: () => void,
  ) {
    super(SILENCE, clock, violate);
    void this.closed.then(onClosed);
  }

  press(digit: string): void {
    this.send(dtmfMessage(this.id, (this.sequence += 1), digit));
  }

  /** The telephone was hung up. */
  stop(): void {
    if (!this.isOpen) return;
    const { domain, callSid } = this.call;
    this.send(stopMessage(this.id, (this.sequence += 1), { accountSid: domain, callSid }));
    this.close();
  }

  protected override begin(): void {
    this.send(CONNECTED_MESSAGE);
    const { token, callSid, domain, from, to } = this.call;
    const start = {
      streamSid: this.id,
      callSid,
      session: token,
      accountSid: domain,
      from,
      to,
      context: 'cxml',
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: {},
    };
    const sequenceNumber = String((this.sequence += 1));
    this.send({ event: 'start', sequenceNumber, start, streamSid: this.id });
  }

  protected override sendFrame(frame: Buffer, nth: number): void {
    this.send(mediaMessage(this.id, (this.sequence += 1), nth, (nth - 1) * FRAME_MS, frame));
  }

  /** It has none. */
  protected override sendMark(): void {}

  /** It knows `media` and `clear`; nothing documents that it takes anything else. */
  protected override take(text: string): void {
    const { event, streamSid, media, ...more } = JSON.parse(text) as Record<string, unknown>;
    if (streamSid !== this.id) this.violate(`${String(event)} for another stream`);
    if (Object.keys(more).length > 0)
      this.violate(`${String(event)} with ${Object.keys(more).join()}`);
    if (event === 'clear' && media === undefined) {
      this.clears += 1;
      this.playout.clear();
      return;
    }
    const { payload, ...rest } = Object(media) as Record<string, unknown>;
    const audio = Buffer.from(typeof payload === 'string' ? payload : '', 'base64');
    const isMedia = event === 'media' && audio.length > 0 && Object.keys(rest).length === 0;
    if (!isMedia) this.violate(`the event ${String(event)}`);
    this.playout.push(audio);
  }
}

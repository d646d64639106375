import { PacedCall } from './paced-call.js';

const FRAME_BYTES = 160;
/** The newest send times of a call, by frame number: those of ten seconds. */
const KEPT = 512;
const PAYLOAD = '"payload":"';
/** Length of the base64 of the four bytes that hold a frame's number. */
const NUMBER_CHARS = 8;

/**
 * A call whose agent sends back what it hears. The number of a frame is in its first bytes, so each
 * is recognised when it comes back.
 */
export class EchoCall extends PacedCall {
  private expected = 0;
  private lastBackAt = 0;
  private readonly frame = Buffer.alloc(FRAME_BYTES, 0x55);
  private readonly sentAt = new Float64Array(KEPT);

  /** Each frame is counted as it comes back. */
  settle(): void {}

  protected payload(frame: number): string {
    this.frame.writeUInt32BE(frame, 0);
    return this.frame.toString('base64');
  }

  protected sent(frame: number, now: number): void {
    this.sentAt[frame % KEPT] = now;
    for (const span of this.options.spans) if (span.has(now)) span.sent += 1;
  }

  protected receive(text: string): void {
    const now = performance.now();
    const at = text.indexOf(PAYLOAD);
    if (at < 0) {
      this.returnMark(text);
      return;
    }
    const start = at + PAYLOAD.length;
    const number = Buffer.from(text.slice(start, start + NUMBER_CHARS), 'base64').readUInt32BE(0);
    const sentAt = this.sentAt[number % KEPT] as number;
    if (this.lastBackAt === 0) this.tellFirst(now, sentAt);
    for (const span of this.options.spans) {
      if (span.has(sentAt)) {
        span.back += 1;
        span.roundTrip.add(now - sentAt);
      }
      if (span.has(now)) {
        span.through += 1;
        if (number !== this.expected) span.disordered += 1;
        if (this.lastBackAt >= span.beganAt) span.gap.add(now - this.lastBackAt);
      }
    }
    this.expected = number + 1;
    this.lastBackAt = now;
  }

  private tellFirst(now: number, sentAt: number): void {
    const { opening, begunAt } = this.options;
    opening.firstAudio.add(now - sentAt);
    opening.setUp.add(now - sentAt + this.openedAt - begunAt);
  }
}

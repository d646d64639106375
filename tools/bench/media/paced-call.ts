import type { OpenCall } from './open-call.js';
import type { Opening } from './opening.js';
import type { Span } from './span.js';

const FRAME_MS = 20;
const FRAME_BYTES = 160;
/** The newest send times of a call, by frame number: those of ten seconds. */
const KEPT = 512;
const PAYLOAD = '"payload":"';
/** Length of the base64 of the four bytes that hold a frame's number. */
const NUMBER_CHARS = 8;

export interface PacedCallOptions {
  opening: Opening;
  /** The spans in which the call's frames are counted; empty for calls that only come and go. */
  spans: readonly Span[];
  /** When the first request about the call was sent, on the monotonic clock. */
  begunAt: number;
  /** The server closed or broke the stream. */
  onDropped: () => void;
}

/**
 * One call's frames. Frame n is due at start + n × 20 ms, and each call has a start
 * of its own. Overdue frames are sent at once, so no call drifts. The number of
 * a frame is in its first bytes, so each is recognised when it comes back.
 */
export class PacedCall {
  private readonly startedAt: number;
  private readonly openedAt = performance.now();
  private next = 0;
  private expected = 0;
  private lastBackAt = 0;
  private closing = false;
  private readonly frame = Buffer.alloc(FRAME_BYTES, 0x55);
  private readonly sentAt = new Float64Array(KEPT);
  private readonly tail: string;

  constructor(
    readonly call: OpenCall,
    private readonly options: PacedCallOptions,
  ) {
    // Each call has a phase of its own, so that calls opened at even intervals do not send together.
    this.startedAt = this.openedAt + Math.random() * FRAME_MS;
    this.tail = `"},"streamSid":"${call.streamSid}"}`;
    call.socket.on('message', (data: Buffer) => this.receive(data.toString('latin1')));
    call.socket.on('close', () => {
      if (!this.closing) options.onDropped();
      this.closing = true;
    });
  }

  /** Sends the frames that are due. */
  turn(): void {
    let now = performance.now();
    while (!this.closing && this.startedAt + this.next * FRAME_MS <= now) {
      this.send(now);
      now = performance.now();
    }
  }

  /** Ends the stream as a carrier does when the caller hangs up. */
  close(): void {
    if (this.closing) return;
    this.closing = true;
    const { socket, streamSid, callSid, accountSid } = this.call;
    socket.send(
      JSON.stringify({
        event: 'stop',
        sequenceNumber: String(this.next + 2),
        streamSid,
        stop: { accountSid, callSid },
      }),
    );
    socket.close();
  }

  private send(now: number): void {
    const { next } = this;
    this.frame.writeUInt32BE(next, 0);
    const timestamp = 100 + next * FRAME_MS;
    this.call.socket.send(
      `{"event":"media","sequenceNumber":"${next + 2}","media":{"track":"inbound","chunk":"${next + 1}","timestamp":"${timestamp}","payload":"${this.frame.toString('base64')}${this.tail}`,
    );
    this.sentAt[next % KEPT] = now;
    for (const span of this.options.spans) {
      if (!span.has(now)) continue;
      span.sent += 1;
      span.lateness.add(now - (this.startedAt + next * FRAME_MS));
    }
    this.next += 1;
  }

  private receive(text: string): void {
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

  /** Returns the mark as if the audio had been played at once, because the carrier's play-out is not measured. */
  private returnMark(text: string): void {
    if (text.includes('"event":"mark"')) this.call.socket.send(text);
  }
}

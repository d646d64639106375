import type { OpenCall } from './open-call.js';
import type { Opening } from './opening.js';
import type { Span } from './span.js';

export const FRAME_MS = 20;

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
 * of its own. Overdue frames are sent at once, so no call drifts.
 */
export abstract class PacedCall {
  protected readonly openedAt = performance.now();
  private readonly startedAt: number;
  private next = 0;
  private closing = false;
  private readonly tail: string;

  constructor(
    readonly call: OpenCall,
    protected readonly options: PacedCallOptions,
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

  /** Nothing is sent any more, and all that was to come back has had time to: what is missing is lost. */
  abstract settle(): void;

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

  /** The base64 of a frame's audio. */
  protected abstract payload(frame: number): string;

  /** A frame was sent. */
  protected abstract sent(frame: number, now: number): void;

  /** The text of a message. */
  protected abstract receive(text: string): void;

  /** Returns the mark as if the audio had been played at once, because the carrier's play-out is not measured. */
  protected returnMark(text: string): void {
    if (text.includes('"event":"mark"')) this.call.socket.send(text);
  }

  private send(now: number): void {
    const { next } = this;
    const timestamp = 100 + next * FRAME_MS;
    this.call.socket.send(
      `{"event":"media","sequenceNumber":"${next + 2}","media":{"track":"inbound","chunk":"${next + 1}","timestamp":"${timestamp}","payload":"${this.payload(next)}${this.tail}`,
    );
    for (const span of this.options.spans) {
      if (span.has(now)) span.lateness.add(now - (this.startedAt + next * FRAME_MS));
    }
    this.sent(next, now);
    this.next += 1;
  }
}

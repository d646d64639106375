import { MULAW_BYTES_PER_SECOND, MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import { HeardClock } from './heard-clock.js';
import { PlayoutMarks, type MarkOutcome } from './playout-marks.js';
import { PlayoutQueue } from './playout-queue.js';
import { SentAudio, type OnHeard } from './sent-audio.js';
import { Sleeper, type TimerWheel } from './timer-wheel.js';

const FRAME_MS = (MULAW_FRAME_BYTES / MULAW_BYTES_PER_SECOND) * 1000;
/** What the carrier may hold unplayed: enough for a late timer, little to take back. */
const LEAD_MS = 160;
/** A mark of our own after so many frames keeps the heard clock right. */
const FRAMES_PER_MARK = 50;
/** The most that may wait to be heard: ten minutes, as at Twilio (error 31931). */
const WAITING_MAX = 10 * 60 * MULAW_BYTES_PER_SECOND;
/** What was heard is told in batches: looking costs more than keeping. */
const UNHEARD_LOOK = 16;

/** The carrier's end of a stream. */
export interface PlayoutLine {
  /** False: nothing can be sent any more. */
  audio(frame: Buffer): boolean;
  /** False: this carrier returns none, and the mark is settled by our own clock. */
  mark(name: string): boolean;
  clear(): void;
}

export interface PlayoutOptions {
  line: PlayoutLine;
  wheel: TimerWheel;
  /** The carrier takes frames of 20 ms alone: a shorter piece is filled up with silence. */
  wholeFrames?: boolean;
  now?: () => number;
  /** More is waiting to be heard than may. */
  onFlood: () => void;
}

/**
 * What the caller will hear: frames of 20 ms are sent on time, never more than {@link LEAD_MS}
 * ahead of playback. Each mark is settled exactly once, as played or cleared, by the carrier's
 * answer or by the heard clock when there is none.
 */
export class Playout extends Sleeper {
  /** Each frame once it has been heard, and when that was; later than it happened, in order. */
  onHeard: OnHeard | null = null;
  /** Each frame when it is sent, and when it will be heard; and from when on what was sent is taken back again. */
  onSent: OnHeard | null = null;
  onTakenBack: ((at: number) => void) | null = null;
  framesOut = 0;
  /** When the first frame went out. */
  firstAt: number | null = null;
  private readonly clock = new HeardClock();
  private readonly now: () => number;
  private readonly queue: PlayoutQueue;
  private writtenTo = 0;
  private readonly marks: PlayoutMarks;
  /** The first frame is followed by one at once: how far away the carrier is, is not known yet. */
  private framesSinceMark = FRAMES_PER_MARK - 1;
  private readonly unheard = new SentAudio();
  private paused = false;
  private over = false;

  constructor(private readonly options: PlayoutOptions) {
    super();
    this.queue = new PlayoutQueue(options.wholeFrames ?? false);
    this.now = options.now ?? (() => performance.now());
    const { wheel, line } = options;
    this.marks = new PlayoutMarks({ wheel, clock: this.clock, send: (name) => line.mark(name) });
  }

  /** Where the next byte that is written stands. */
  get position(): number {
    return this.writtenTo;
  }

  /** What waits here to be sent, in milliseconds. */
  get waitingMs(): number {
    return (this.writtenTo - this.clock.sent) / (MULAW_BYTES_PER_SECOND / 1000);
  }

  /** Up to where the caller has heard. */
  heard(): number {
    return this.clock.heard(this.now());
  }

  /** Between {@link pause} and {@link resume}. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Whether anything is waiting here or at the carrier. */
  get silent(): boolean {
    return this.heard() >= this.writtenTo;
  }

  /**
   * A copy of what stands from `position` up to `end`, sent or not. Where it was heard long ago it
   * begins later: more than the last few hundred milliseconds are not kept.
   */
  copy(position: number, end: number): { from: number; audio: Buffer } {
    const sent = this.unheard.since(position);
    const from = this.clock.sent - sent.length;
    const parts = [sent, ...this.queue.pieces(end - this.clock.sent)];
    return { from, audio: Buffer.concat(parts).subarray(0, Math.max(0, end - from)) };
  }

  /** μ-law of any length. The caller must not change it afterwards. */
  write(audio: Buffer): void {
    if (this.over || audio.length === 0) return;
    if (this.writtenTo - this.clock.sent + audio.length > WAITING_MAX) {
      this.options.onFlood();
      return;
    }
    this.writtenTo += audio.length;
    this.queue.add(audio);
    this.pump(this.now());
  }

  /** What is short of a frame is one all the same. */
  flush(): void {
    if (!this.queue.hasTail) return;
    this.closeTail();
    this.pump(this.now());
  }

  /**
   * `settle` is called once: when everything written so far has been heard, or cut off. A mark is
   * no boundary of audio: what is sent is the same with and without.
   */
  mark(settle: (outcome: MarkOutcome) => void): void {
    if (this.over) {
      settle('cleared');
      return;
    }
    if (this.marks.areFull) {
      settle('cleared');
      this.options.onFlood();
      return;
    }
    this.marks.add(this.writtenTo, settle);
    if (!this.paused) this.sendMarks(this.now());
  }

  /** The carrier returned a mark; one of before the last `clear` was settled then. */
  markReturned(name: string): void {
    this.marks.returned(name, this.now());
  }

  /** Silence at once, for good. Returns the position up to which the caller has heard. */
  interrupt(): number {
    const heard = this.takeBack();
    const settle = this.marks.drop();
    this.queue.clear();
    this.writtenTo = heard;
    this.paused = false;
    this.options.wheel.cancel(this);
    settle();
    return heard;
  }

  /** Silence at once, but nothing is lost: {@link resume} goes on where the caller stopped hearing. */
  pause(): void {
    if (this.paused || this.over) return;
    this.takeBack();
    this.paused = true;
    this.options.wheel.cancel(this);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    const now = this.now();
    this.sendMarks(now);
    this.pump(now);
  }

  /** For the wheel: the next frame may go out. */
  wake(now: number): void {
    const runsDry = this.clock.bufferedMs(now) <= FRAME_MS;
    if (this.queue.isEmpty && this.queue.hasTail && runsDry) this.closeTail();
    this.pump(now);
  }

  /** Now and then: tells what was heard, and settles what the carrier does not. */
  check(now: number): void {
    this.unheard.release(this.clock.heard(now), this.onHeard);
    this.marks.check(now);
  }

  /** The stream is over: what was not heard never will be. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.options.wheel.cancel(this);
    const heard = this.clock.heard(this.now());
    this.unheard.cut(heard, this.onHeard);
    this.queue.clear();
    this.marks.end(heard);
  }

  private closeTail(): void {
    this.writtenTo += this.queue.closeTail();
  }

  private pump(now: number): void {
    if (this.paused || this.over) return;
    while (!this.queue.isEmpty) {
      if (this.clock.bufferedMs(now) > LEAD_MS - FRAME_MS) {
        this.options.wheel.arrange(this, this.clock.endsAt() - LEAD_MS + FRAME_MS);
        return;
      }
      const frame = this.queue.take();
      if (!this.options.line.audio(frame)) return;
      this.sent(frame, now);
    }
    // Before the carrier runs dry, a piece of a frame is better than none.
    if (this.queue.hasTail && this.wakeAt === null) {
      const dryAt = this.clock.endsAt() - FRAME_MS;
      this.options.wheel.arrange(this, Math.max(dryAt, now + FRAME_MS));
    }
  }

  private sent(frame: Buffer, now: number): void {
    this.clock.send(frame.length, now);
    this.framesOut += 1;
    this.firstAt ??= now;
    const at = this.clock.endsAt() - frame.length / (MULAW_BYTES_PER_SECOND / 1000);
    const heardAt = at + this.clock.delayMs();
    this.unheard.push(frame, heardAt);
    this.onSent?.(frame, heardAt);
    if (this.unheard.size > UNHEARD_LOOK) this.unheard.release(this.clock.heard(now), this.onHeard);
    this.framesSinceMark += 1;
    if (this.marks.arePending) this.sendMarks(now);
    if (this.framesSinceMark >= FRAMES_PER_MARK) {
      this.framesSinceMark = 0;
      this.marks.sendForClock(now);
    }
  }

  /** Those whose audio is all sent. */
  private sendMarks(now: number): void {
    if (this.marks.sendDue(now)) this.framesSinceMark = 0;
  }

  /**
   * Takes back from the carrier what the caller has not heard. Marks of heard audio are settled;
   * the rest returns to the front of the queue.
   */
  private takeBack(): number {
    if (this.paused) return this.clock.sent;
    const now = this.now();
    const heard = this.clock.heardAtClear(now);
    if (this.marks.areOutstanding || this.clock.heard(now) < this.clock.sent) {
      this.options.line.clear();
    }
    const settle = this.marks.takeBack(heard);
    this.queue.putBack(this.unheard.cut(heard, this.onHeard));
    this.clock.rewind(heard, now);
    this.onTakenBack?.(now + this.clock.delayMs());
    this.framesSinceMark = 0;
    settle();
    return heard;
  }
}

import type { OpenCall } from '../open-call.js';
import { PacedCall, type PacedCallOptions } from '../paced-call.js';
import type { CallerFrames } from './caller-frames.js';
import { Talker, type Pace } from './talker.js';
import { Turns } from './turns.js';

/** A longer pause is the caller's turn. */
const PAUSE_MS = 10_000;
/** Frames before an interruption and after it that may have been cut off with it. */
const CUT_BEFORE = 30;
const CUT_AFTER = 50;

export interface WorkingCallOptions extends PacedCallOptions {
  frames: Pick<CallerFrames, 'payload'>;
  /** How the server's agent says its speech. */
  pace: Pace;
  /** Whether the server lets the caller interrupt. */
  bargeIn: boolean;
}

/**
 * A call whose agent says what it has to say. What comes back has no numbers: it is counted, and must
 * be all that the agent says in its turns.
 */
export class WorkingCall extends PacedCall {
  private readonly turns: Turns;
  private readonly talker: Talker;
  private expected = 0;
  private back = 0;
  /** 0: what comes next does not follow anything. */
  private lastBackAt = 0;

  constructor(
    call: OpenCall,
    private readonly working: WorkingCallOptions,
  ) {
    super(call, working);
    this.turns = new Turns(call.seed);
    this.talker = new Talker(this.turns, working.pace);
  }

  settle(): void {
    for (const span of this.options.spans) {
      span.sent += this.expected;
      span.back += Math.min(this.back, this.expected);
    }
  }

  protected payload(frame: number): string {
    return this.working.frames.payload(this.turns, this.call.seed, frame);
  }

  protected sent(frame: number, now: number): void {
    const said = this.talker.next(frame);
    if (!this.mayBeCut(frame)) this.expected += said;
    for (const span of this.options.spans) {
      if (!span.has(now)) continue;
      span.through += 1;
      if (this.working.bargeIn && this.turns.sinceInterruption(frame) === 0)
        span.interruptions += 1;
    }
  }

  protected receive(text: string): void {
    if (text.includes('"event":"media"')) this.receiveFrame(performance.now());
    else this.receiveOther(text);
  }

  private receiveFrame(now: number): void {
    this.back += 1;
    const gap = now - this.lastBackAt;
    for (const span of this.options.spans) {
      if (span.has(now) && this.lastBackAt >= span.beganAt && gap < PAUSE_MS) span.gap.add(gap);
    }
    this.lastBackAt = now;
  }

  private receiveOther(text: string): void {
    if (text.includes('"event":"clear"')) {
      this.lastBackAt = 0;
      const now = performance.now();
      for (const span of this.options.spans) if (span.has(now)) span.clears += 1;
    }
    this.returnMark(text);
  }

  private mayBeCut(frame: number): boolean {
    const since = this.turns.sinceInterruption(frame);
    return this.working.bargeIn && since >= -CUT_BEFORE && since < CUT_AFTER;
  }
}

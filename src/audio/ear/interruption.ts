import { markedMs } from './marks.js';

const FRAME_MS = 20;
/** The agent is paused by this much evidence within that time. */
const PAUSE_MS = 40;
const PAUSE_WITHIN_MS = 120;
/** It is given up by what the sensitivity says, within this time. */
const GIVE_UP_WITHIN_MS = 500;
/** It goes on when there was no evidence for so long, or after so long undecided, or without any frame. */
const NOTHING_MS = 200;
export const UNDECIDED_MS = 1_000;
export const NO_MEDIA_MS = 300;
/** After pauses for nothing it is not paused so easily for a while. */
const REMEMBER_MS = 10_000;
const WARY_FROM = 2;
const WARY_PAUSE_MS = 100;
/** Or by this much more than would give it up. */
const WARY_MORE_MS = 120;
const NO_PAUSE_FROM = 4;
/** Who begins anew so soon has said something: "stop, stop". */
const AGAIN_MS = 2_000;
const AGAIN_CREDIT_MS = 60;
/** Who talks on over what the agent answered at once is heard again after this. */
const GIVEN_UP_MS = 1_000;
const GIVEN_UP_QUIET_FRAMES = 600 / FRAME_MS;

/**
 * - `paused`: the caller may be talking; only what can be undone is done
 * - `resumed`: it was nothing
 * - `given_up`: the caller talks
 */
export type Step = 'paused' | 'resumed' | 'given_up';
/** Why the agent goes on. */
export type ResumeReason = 'nothing' | 'undecided' | 'no_media';

/**
 * Whether the caller is talking over what the agent is saying now. A state rather than an edge: that the caller began to talk
 * before the agent did makes no difference. Times are milliseconds of a clock that is passed in.
 */
export class Interruption {
  state: 'listening' | 'paused' | 'given_up' = 'listening';
  /** Of the last step, if that was `resumed`. */
  reason: ResumeReason = 'nothing';
  /** A bit for each frame, with the latest lowest: whether the caller talked in it. */
  private evidence = 0;
  private quietMs = 0;
  private since = 0;
  private quietFrames = 0;
  /** When the last pauses for nothing ended. */
  private readonly mistakes: number[] = [];

  /** @param giveUpMs evidence that ends the agent's utterance */
  constructor(private readonly giveUpMs: number) {}

  /** When {@link look} must be called, while the agent is paused; `lastFrameAt`: when the last frame came. */
  deadline(lastFrameAt: number): number | null {
    if (this.state !== 'paused') return null;
    return Math.min(this.since + UNDECIDED_MS, lastFrameAt + NO_MEDIA_MS);
  }

  /** Takes the next 20 ms while the agent speaks. `isCaller`: whether the caller talked in it. */
  weigh(isCaller: boolean, now: number): Step | null {
    this.evidence = (this.evidence << 1) | Number(isCaller);
    this.quietMs = isCaller ? 0 : this.quietMs + FRAME_MS;
    switch (this.state) {
      case 'listening':
        return this.whenListening(now);
      case 'paused':
        return this.whenPaused(now);
      case 'given_up':
        return null;
    }
  }

  /** Looks at the clock. */
  look(now: number, lastFrameAt: number): Step | null {
    if (this.state !== 'paused') return null;
    if (now - lastFrameAt >= NO_MEDIA_MS) {
      this.evidence = 0;
      return this.resume('no_media', now);
    }
    return now - this.since >= UNDECIDED_MS ? this.resume('undecided', now) : null;
  }

  /** 20 ms passed in which the agent said nothing; if it was paused, there was nothing left to say. */
  rest(): Step | null {
    this.evidence <<= 1;
    if (this.state !== 'paused') return null;
    this.state = 'listening';
    this.reason = 'nothing';
    return 'resumed';
  }

  /** The agent begins to speak after a silence: who talked before is asked about anew. */
  begin(): void {
    if (this.state === 'given_up') this.listen();
  }

  /** 20 ms passed since it was given up, and it speaks again. `isNear`: whether the caller may have talked. */
  talkOn(isNear: boolean, now: number): void {
    this.quietFrames = isNear ? 0 : this.quietFrames + 1;
    const isOver = this.quietFrames >= GIVEN_UP_QUIET_FRAMES || now - this.since >= GIVEN_UP_MS;
    if (isOver) this.listen();
  }

  private whenListening(now: number): Step | null {
    const { mistakes } = this;
    while (mistakes.length > 0 && mistakes[0]! <= now - REMEMBER_MS) mistakes.shift();
    if (markedMs(this.evidence, PAUSE_WITHIN_MS) < PAUSE_MS || this.isWary(now)) return null;
    this.since = now;
    if (this.isSure(now)) return this.giveUp();
    this.state = 'paused';
    return 'paused';
  }

  private whenPaused(now: number): Step | null {
    if (this.isSure(now)) {
      this.since = now;
      return this.giveUp();
    }
    if (this.quietMs >= NOTHING_MS) return this.resume('nothing', now);
    return now - this.since >= UNDECIDED_MS ? this.resume('undecided', now) : null;
  }

  /** After pauses for nothing. */
  private isWary(now: number): boolean {
    const { length } = this.mistakes;
    if (length < WARY_FROM) return false;
    if (length >= NO_PAUSE_FROM) return !this.isSure(now);
    if (markedMs(this.evidence, PAUSE_WITHIN_MS) >= WARY_PAUSE_MS) return false;
    return markedMs(this.evidence, GIVE_UP_WITHIN_MS) < this.giveUpMs + WARY_MORE_MS;
  }

  private isSure(now: number): boolean {
    const last = this.mistakes.at(-1);
    const credit = last !== undefined && now - last < AGAIN_MS ? AGAIN_CREDIT_MS : 0;
    return markedMs(this.evidence, GIVE_UP_WITHIN_MS) + credit >= this.giveUpMs;
  }

  private giveUp(): Step {
    this.state = 'given_up';
    this.quietFrames = 0;
    return 'given_up';
  }

  private resume(reason: ResumeReason, now: number): Step {
    this.state = 'listening';
    this.reason = reason;
    this.mistakes.push(now);
    return 'resumed';
  }

  private listen(): void {
    this.state = 'listening';
    this.evidence = 0;
  }
}

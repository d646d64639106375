import { SeededRandom } from '../../../carrier/random.js';

/** Frames of 20 ms in a second, and in a minute. */
const SECOND = 50;
const MINUTE = 60 * SECOND;
/** In each minute of a call the agent talks first, then the caller; the rest is silence. */
const AGENT_UNTIL = 30 * SECOND;
const CALLER_UNTIL = 55 * SECOND;
/** The caller talks over the agent once in each minute, for a second. */
const INTERRUPTION = SECOND;
const EARLIEST = 5 * SECOND;
const LATEST = 24 * SECOND;

/** So many seeds make different calls. */
export const SEEDS = 100;

/**
 * Who talks when in one call, by the number of a frame of 20 ms. Calls of different seeds are at
 * different places of their minute at the same time, so that all of it goes on all the time.
 */
export class Turns {
  private readonly offset: number;
  /** Where the interruption begins, by the number of the minute. */
  private readonly interruptions: number[] = [];
  private readonly random: SeededRandom;

  /** @param seed from 0 to {@link SEEDS} − 1 */
  constructor(seed: number) {
    this.offset = (seed * MINUTE) / SEEDS;
    this.random = new SeededRandom(seed);
  }

  /** Whether it is the agent's turn, interrupted or not. */
  isAgents(frame: number): boolean {
    return this.inMinute(frame) < AGENT_UNTIL;
  }

  /** Whether the caller talks: in its own turn, or over the agent. */
  callerTalks(frame: number): boolean {
    const at = this.inMinute(frame);
    return (at >= AGENT_UNTIL && at < CALLER_UNTIL) || this.isInterruption(frame);
  }

  isInterruption(frame: number): boolean {
    const since = this.sinceInterruption(frame);
    return since >= 0 && since < INTERRUPTION;
  }

  /** Frames since the interruption of this minute began; negative before. */
  sinceInterruption(frame: number): number {
    return this.inMinute(frame) - this.interruptionOf(Math.floor((frame + this.offset) / MINUTE));
  }

  /** How many frames of the agent's turn are left, this one included. */
  leftOfAgents(frame: number): number {
    return Math.max(0, AGENT_UNTIL - this.inMinute(frame));
  }

  private inMinute(frame: number): number {
    return (frame + this.offset) % MINUTE;
  }

  private interruptionOf(minute: number): number {
    while (this.interruptions.length <= minute) {
      this.interruptions.push(this.random.between(EARLIEST, LATEST));
    }
    return this.interruptions[minute] as number;
  }
}

import type { Turns } from './turns.js';

/** How an agent says its speech: so many frames at once, and so many ahead of what is heard. */
export interface Pace {
  chunk: number;
  ahead: number;
}

/** As speech comes from a model: in pieces of 100 ms, further ahead than a carrier is given it. */
export const AGENTS_PACE: Pace = { chunk: 5, ahead: 25 };
/** A frame for each that is heard. */
export const BARE_PACE: Pace = { chunk: 1, ahead: 1 };

/** What an agent says in its turns, by the number of a frame of 20 ms. */
export class Talker {
  /** Frames of the present turn that were said and not heard yet. */
  private said = 0;

  constructor(
    private readonly turns: Turns,
    private readonly pace: Pace,
  ) {}

  /** Once for every frame that the caller says, in order. Returns how many frames are to be said now. */
  next(frame: number): number {
    const { chunk, ahead } = this.pace;
    this.said = Math.max(0, this.said - 1);
    const left = this.turns.leftOfAgents(frame);
    const wanted = Math.min(ahead, left) - this.said;
    const now = wanted >= Math.min(chunk, left - this.said) ? Math.max(0, wanted) : 0;
    this.said += now;
    return now;
  }

  /** What was said was cut off. */
  cut(): void {
    this.said = 0;
  }
}

import type { Utterance } from '../agent.js';
import { firstOf } from '../models/heard-text.js';

/** How long a sentence may become whose end is not made yet: people say about 15 characters a second. */
const MS_PER_CHARACTER = 65;

const ROUNDING_MS = 1;

/** One sentence that is said. */
export class Sentence {
  utterance: Utterance | null = null;
  /** What was made of it, in milliseconds. */
  ms = 0;
  /** All of it was made. */
  isMade = false;
  /** Nothing more of it will be heard. */
  private isCut = false;
  private wasPlayed = false;
  /** How much of it was heard before it was cut off. */
  private heardMs = 0;

  /** @param skipMs what of it was said before, by another process */
  constructor(
    readonly text: string,
    readonly skipMs = 0,
  ) {}

  /** Up to where the caller has heard it, where it was cut off; else all of it. */
  get heardText(): string {
    if (!this.isCut) return this.text;
    const whole = this.isMade
      ? this.skipMs + this.ms
      : Math.max(this.skipMs + this.ms, this.text.length * MS_PER_CHARACTER);
    return whole === 0 ? '' : firstOf(this.text, this.heardMs / whole);
  }

  get isOver(): boolean {
    return this.isCut || (this.isMade && this.isPlayed);
  }

  /** All of it was heard. */
  get isPlayed(): boolean {
    if (this.wasPlayed || !this.isMade || !this.utterance) return this.wasPlayed;
    return this.utterance.heardMs > this.ms - ROUNDING_MS;
  }

  played(): void {
    this.wasPlayed = true;
  }

  /** One that an earlier process made. */
  static made(text: string, ms: number): Sentence {
    const sentence = new Sentence(text);
    sentence.ms = ms;
    sentence.isMade = true;
    return sentence;
  }

  cut(): void {
    this.cutAt(this.skipMs + Math.min(this.utterance?.heardMs ?? 0, this.ms));
  }

  /** @param heardMs of the whole of it; perhaps more than it has, or less than nothing */
  cutAt(heardMs: number): void {
    if (this.isOver) return;
    this.isCut = true;
    this.heardMs = Math.max(0, heardMs);
  }
}

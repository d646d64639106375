import type { Utterance } from '../agent.js';
import { firstByShare, firstByTimes, type WordTime } from './heard-words.js';
import { SoundTrack } from './sound-track.js';

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
  /** When its words are over, in milliseconds of the whole of it, where the server tells. */
  readonly words: WordTime[] = [];
  /** Of the whole of it, what was said before too. Empty: an earlier process made it. */
  readonly sound = new SoundTrack();
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
    return this.words.length > 0
      ? firstByTimes(this.text, this.words, this.heardMs)
      : firstByShare(this.text, this.heardShare);
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

  private get heardShare(): number {
    const { sound, heardMs } = this;
    const [heard, made] = sound.isEmpty
      ? [heardMs, this.skipMs + this.ms]
      : [sound.soundMs(heardMs), sound.soundMs()];
    const whole = this.isMade ? made : Math.max(made, this.text.length * MS_PER_CHARACTER);
    return whole === 0 ? 0 : heard / whole;
  }
}

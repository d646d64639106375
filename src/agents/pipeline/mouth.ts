import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import type { AgentCall, Interruption, Utterance } from '../agent.js';
import { firstOf } from '../models/heard-text.js';
import type { SpeechServer } from './speech-server.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1_000;
/** The next sentence is asked for while less than this waits to be heard, so that little is made in vain. */
const AHEAD_MS = 5_000;
const LOOK_MS = 100;
/** How long a sentence may become whose end is not made yet: people say about 15 characters a second. */
const MS_PER_CHARACTER = 65;

/** One sentence that is said. */
export class Sentence {
  utterance: Utterance | null = null;
  /** What was made of it, in milliseconds. */
  ms = 0;
  /** All of it was made. */
  isMade = false;
  /** Nothing more of it will be heard. */
  private isCut = false;
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

  isPlayed = false;

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

/** Says sentences one after another: each is made while the one before is heard. */
export class Mouth {
  /** Not heard to their end, oldest first. */
  private open: Sentence[] = [];
  private making: Promise<void> = Promise.resolve();
  private abort = new AbortController();
  private waiting: Array<(how: 'heard' | 'cut') => void> = [];

  constructor(
    private readonly call: Pick<AgentCall, 'speak' | 'waitingMs' | 'signal'>,
    private readonly speech: SpeechServer,
    private readonly on: {
      /** A sentence was made to its end. */
      made: () => void;
      /** A sentence could not be made; the ones after it are dropped. */
      failed: (error: unknown) => void;
    },
  ) {}

  /** What is not heard to its end, oldest first. */
  get unheard(): readonly Sentence[] {
    return this.open;
  }

  say(sentence: Sentence): void {
    this.open.push(sentence);
    const { signal } = this.abort;
    this.making = this.making.then(() => this.make(sentence, signal));
  }

  /** Resolves when all was heard, or the rest was cut off. */
  finished(): Promise<'heard' | 'cut'> {
    if (this.open.length === 0) return Promise.resolve('heard');
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The caller hears nothing more of it. */
  stop(): void {
    this.abort.abort();
    this.abort = new AbortController();
    for (const one of this.open) one.cut();
    this.open = [];
    this.settle('cut');
  }

  /** Whether it was one of these that was interrupted. */
  says({ utterance }: Interruption): boolean {
    return this.open.some((one) => one.utterance === utterance);
  }

  private async make(sentence: Sentence, signal: AbortSignal): Promise<void> {
    try {
      while (this.call.waitingMs > AHEAD_MS && !signal.aborted) await pause(LOOK_MS, signal);
      if (signal.aborted || this.call.signal.aborted) return;
      const either = AbortSignal.any([signal, this.call.signal]);
      let skip = Math.round(sentence.skipMs * BYTES_PER_MS);
      for await (const mulaw of this.speech.say(sentence.text, either)) {
        if (signal.aborted) return;
        const heard = mulaw.subarray(Math.min(skip, mulaw.length));
        skip -= mulaw.length - heard.length;
        if (heard.length === 0) continue;
        sentence.utterance ??= this.begin(sentence);
        sentence.ms += heard.length / BYTES_PER_MS;
        sentence.utterance.write(heard);
      }
      sentence.isMade = true;
      this.on.made();
      if (sentence.utterance) sentence.utterance.end();
      else this.played(sentence);
    } catch (error) {
      if (signal.aborted || this.call.signal.aborted) return;
      sentence.utterance?.end();
      this.stop();
      this.on.failed(error);
    }
  }

  private begin(sentence: Sentence): Utterance {
    const utterance = this.call.speak();
    void utterance.finished.then((how) => {
      if (how === 'played') this.played(sentence);
    });
    return utterance;
  }

  private played(sentence: Sentence): void {
    sentence.isPlayed = true;
    this.open = this.open.filter((one) => one !== sentence);
    if (this.open.length === 0) this.settle('heard');
  }

  private settle(how: 'heard' | 'cut'): void {
    for (const tell of this.waiting.splice(0)) tell(how);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

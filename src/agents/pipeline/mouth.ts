import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import type { AgentCall, Interruption, Utterance } from '../agent.js';
import type { Sentence } from './sentence.js';
import type { SpeechServer } from './speech-server.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1_000;
/** The next sentence is asked for while less than this waits to be heard, so that little is made in vain. */
const AHEAD_MS = 5_000;
const LOOK_MS = 100;

export interface MouthListener {
  /** The first sound of a sentence is there: nothing else may be heard any more. */
  begins: () => void;
  /** A sentence was made to its end. */
  made: () => void;
  /** A sentence could not be made; the ones after it are dropped. */
  failed: (error: unknown) => void;
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
    private readonly on: MouthListener,
  ) {}

  /** What is not heard to its end, oldest first. */
  get unheard(): readonly Sentence[] {
    // That an utterance has ended is told a moment later.
    return this.open.filter((one) => !one.isPlayed);
  }

  /** How much of that was handed over and waits to be heard, in milliseconds. */
  get waitingMs(): number {
    return this.open.reduce((ms, { utterance }) => ms + (utterance?.waitingMs ?? 0), 0);
  }

  /** Whether more is to come of a sentence that has begun to be heard. */
  get isOpen(): boolean {
    return this.open.some(({ utterance, isMade }) => utterance !== null && !isMade);
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

  /**
   * What an earlier process had begun was interrupted.
   * @param heardMs what was heard of the first of these by then
   */
  cutBefore(heardMs: number): void {
    const [first] = this.open;
    if (first && heardMs < first.skipMs) first.cutAt(heardMs);
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
      for await (const { mulaw, words } of this.speech.say(sentence.text, either)) {
        if (signal.aborted) return;
        sentence.words.push(...words);
        sentence.sound.write(mulaw);
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
    this.on.begins();
    const utterance = this.call.speak();
    void utterance.finished.then((how) => {
      if (how === 'played') this.played(sentence);
    });
    return utterance;
  }

  private played(sentence: Sentence): void {
    sentence.played();
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

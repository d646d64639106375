import type { AgentCall, Interruption, Resumed } from '../agent.js';
import { textOf } from './dialogue.js';
import { Mouth, type MouthListener } from './mouth.js';
import { unsaidOf, type PipelineState } from './resumption.js';
import type { Sentence } from './sentence.js';
import type { SpeechServer } from './speech-server.js';

/** Lengths that are handed over are not exact to the byte. */
const ROUNDING_MS = 1;

/** What is said together, and is in the transcript once it was heard. */
export interface Saying {
  sentences: readonly Sentence[];
  begunAt: number;
  /** More may follow. */
  isOpen: boolean;
}

/** What an agent says: made, heard, handed over when the call moves, and written down as far as it was heard. */
export class Speaker {
  private readonly mouth: Mouth;
  /** What is not in the transcript yet. */
  private unwritten: Saying[] = [];
  /** What an earlier process had made, which the platform says before anything new, and when that is over. */
  private tail: readonly Sentence[] = [];
  private tailOver: Promise<void> = Promise.resolve();

  constructor(
    private readonly call: AgentCall,
    speech: SpeechServer,
    on: MouthListener,
  ) {
    this.mouth = new Mouth(call, speech, on);
  }

  /** What is not heard to its end, oldest first. */
  get unheard(): readonly Sentence[] {
    return [...(this.isTailHeard ? [] : this.tail), ...this.mouth.unheard];
  }

  /** Whether more is to come of a sentence that has begun to be heard. */
  get isOpen(): boolean {
    return this.mouth.isOpen;
  }

  /** What another process needs to go on with that. */
  get handover(): Pick<PipelineState, 'saying' | 'heardBeforeMs'> {
    const { unheard } = this;
    return {
      saying: unheard.map(({ text, skipMs, ms, isMade }) => ({ text, ms: skipMs + ms, isMade })),
      heardBeforeMs: this.isTailHeard ? (unheard[0]?.skipMs ?? 0) : 0,
    };
  }

  /** Goes on with what an earlier process was saying. Returns all of it. */
  resume(state: PipelineState, interrupted: Resumed['interrupted']): readonly Sentence[] {
    const { tail, rest } = unsaidOf(state, interrupted);
    this.tail = tail;
    if (interrupted) this.awaitTail();
    else this.tailHeard();
    const saying = { sentences: [...tail, ...rest], begunAt: performance.now(), isOpen: true };
    this.unwritten.push(saying);
    for (const one of rest) this.mouth.say(one);
    this.end(saying);
    return saying.sentences;
  }

  /** @param sentences may grow, by {@link add} */
  begin(sentences: readonly Sentence[]): Saying {
    const saying = { sentences, begunAt: performance.now(), isOpen: true };
    this.unwritten.push(saying);
    return saying;
  }

  add(sentence: Sentence): void {
    this.mouth.say(sentence);
  }

  /** No more is added. */
  end(saying: Saying): void {
    saying.isOpen = false;
    void this.heard().then(() => {
      if (this.call.signal.aborted) return;
      this.writeDown(this.unwritten.filter(({ isOpen }) => !isOpen));
      this.call.checkpoint();
    });
  }

  /** Resolves when all was heard, or the rest was cut off. */
  async heard(): Promise<'heard' | 'cut'> {
    await this.tailOver;
    return this.mouth.finished();
  }

  cutOff(interruption: Interruption): void {
    if (!this.mouth.says(interruption)) {
      let { heardMs } = interruption;
      for (const one of this.tail) {
        one.cutAt(heardMs);
        heardMs -= one.ms;
      }
      this.mouth.cutBefore(heardMs);
    }
    this.tail = [];
    this.mouth.stop();
  }

  /** The stream is over. */
  stop(): void {
    this.mouth.stop();
    this.writeDown(this.unwritten);
  }

  /** That it was heard is told a moment later; what is behind it is not heard before it. */
  private get isTailHeard(): boolean {
    return this.call.waitingMs - this.mouth.waitingMs < ROUNDING_MS;
  }

  /** The tail has no end of its own that is told. */
  private awaitTail(): void {
    const after = this.call.speak();
    after.end();
    this.tailOver = after.finished.then((how) => {
      if (how === 'played') this.tailHeard();
    });
  }

  private tailHeard(): void {
    for (const one of this.tail) one.played();
    this.tail = [];
  }

  /** What was heard goes into the transcript; what another process goes on with, that will write down. */
  private writeDown(said: readonly Saying[]): void {
    const isMoved = this.call.signal.reason === 'moved';
    this.unwritten = this.unwritten.filter((one) => !said.includes(one));
    for (const { sentences, begunAt } of said) {
      const text = textOf(isMoved ? sentences.filter((one) => one.isPlayed) : sentences);
      const agoMs = performance.now() - begunAt;
      if (text !== '') this.call.transcript({ speaker: 'agent', text, final: true, agoMs });
    }
  }
}

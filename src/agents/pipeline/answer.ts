import type { Use } from './dialogue.js';
import { Sentence } from './sentence.js';
import { Sentences } from './sentences.js';

/** One answer of the model, or the rest of one that broke off, sentence by sentence. */
export class Answer {
  /** Those that are said. */
  readonly sentences: Sentence[] = [];
  readonly uses: Use[] = [];
  private readonly cut = new Sentences();
  /** How many sentences at its beginning were said before it broke off; then none is looked for any more. */
  private repeated = 0;

  /** @param before what was said before it broke off: not said again where the model begins anew */
  constructor(private readonly before: readonly string[]) {}

  /** The sentences to say that are complete with this. */
  take(text: string): Sentence[] {
    return this.add(this.cut.take(text));
  }

  /** No more comes. */
  end(): Sentence[] {
    return this.add(this.cut.flush());
  }

  private add(texts: readonly string[]): Sentence[] {
    const added = texts.filter((text) => !this.repeats(text)).map((text) => new Sentence(text));
    this.sentences.push(...added);
    return added;
  }

  private repeats(text: string): boolean {
    const isRepeated = this.before[this.repeated] === text;
    this.repeated = isRepeated ? this.repeated + 1 : this.before.length;
    return isRepeated;
  }
}

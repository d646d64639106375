/** A sentence ends with one of these, perhaps in quotes, and white space; or with a line. */
const END = /[.!?…。！？]+["'”’)\]]*(?=\s)|\n+/gu;
/** After these a full stop ends no sentence. */
const ABBREVIATION =
  /(?:^|\s)(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|No|Nr|bzw|ca|etc|e\.g|i\.e|z\.B|d\.h)\.$/u;
/** What is shorter is said with what follows. */
const MIN_CHARACTERS = 8;
/** What is longer than this is said in pieces, cut between words. */
const MAX_CHARACTERS = 400;

/** Cuts a text into sentences as it comes, so that the first can be said before the last is known. */
export class Sentences {
  private rest = '';

  /** The sentences that are complete with this. */
  take(text: string): string[] {
    this.rest += text;
    const found: string[] = [];
    for (let end = this.end(); end !== null; end = this.end()) {
      const sentence = this.rest.slice(0, end).trim();
      this.rest = this.rest.slice(end);
      if (sentence !== '') found.push(sentence);
    }
    return found;
  }

  /** What is left when no more comes. */
  flush(): string[] {
    const rest = this.rest.trim();
    this.rest = '';
    return rest === '' ? [] : [rest];
  }

  private end(): number | null {
    for (const match of this.rest.matchAll(END)) {
      const end = match.index + match[0].length;
      const sentence = this.rest.slice(0, end);
      if (sentence.trim().length >= MIN_CHARACTERS && !ABBREVIATION.test(sentence)) return end;
    }
    if (this.rest.length <= MAX_CHARACTERS) return null;
    const space = this.rest.lastIndexOf(' ', MAX_CHARACTERS);
    return space > 0 ? space : MAX_CHARACTERS;
  }
}

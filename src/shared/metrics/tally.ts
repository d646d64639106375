/**
 * The most combinations that are kept where the words of a label are not known
 * beforehand; the rest is `other`.
 */
const SERIES_MAX = 200;
const OTHER = 'other';

/** The words of each label; null where they are not known beforehand, as with names of plug-ins. */
export type Labels = Readonly<Record<string, readonly string[] | null>>;

export interface Count {
  labels: Record<string, string>;
  count: number;
}

/**
 * Counts by a few words, since the start of the process. The words are bounded:
 * a word that its label does not list counts as `other`. Where all words are
 * known, every combination exists from the beginning, as zero, so that the
 * first event of its kind shows as an increase.
 */
export class Tally<const L extends Labels> {
  private readonly names: ReadonlyArray<keyof L & string>;
  private readonly counts = new Map<string, Count>();

  constructor(private readonly labels: L) {
    this.names = Object.keys(labels);
    if (Object.values(labels).every((words) => words !== null)) this.enter([]);
  }

  add(words: Readonly<Record<keyof L, string>>): void {
    this.series(this.names.map((name) => this.known(name, words[name]))).count += 1;
  }

  counted(): Count[] {
    return [...this.counts.values()];
  }

  private known(name: keyof L, word: string): string {
    const words = this.labels[name];
    return !words || words.includes(word) ? word : OTHER;
  }

  private series(words: readonly string[]): Count {
    const key = words.join('\0');
    const found = this.counts.get(key);
    if (found) return found;
    if (this.counts.size >= SERIES_MAX && words.some((word) => word !== OTHER)) {
      return this.series(words.map(() => OTHER));
    }
    const labels = Object.fromEntries(this.names.map((name, at) => [name, words[at] ?? OTHER]));
    const series = { labels, count: 0 };
    this.counts.set(key, series);
    return series;
  }

  private enter(words: readonly string[]): void {
    const name = this.names[words.length];
    if (name === undefined) this.series(words);
    else for (const word of this.labels[name] ?? []) this.enter([...words, word]);
  }
}

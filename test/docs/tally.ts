import type { Block } from './blocks.js';
import type { Outcome } from './page-walk.js';

/** Counts what became of the blocks. */
export class Tally {
  private readonly outcomes = new Map<string, { block: Block; outcome: Outcome }>();

  count(block: Block, outcome: Outcome): void {
    this.outcomes.set(placeOf(block), { block, outcome });
  }

  /** The blocks of which nothing is known. */
  missing(blocks: readonly Block[]): string[] {
    return blocks.map(placeOf).filter((place) => !this.outcomes.has(place));
  }

  /** For people, in one line. */
  text(): string {
    const all = [...this.outcomes.values()];
    const of = (wanted: Outcome) => all.filter(({ outcome }) => outcome === wanted);
    const needs = new Map<string, number>();
    for (const { block } of of('syntax')) {
      const need = block.marks.needs?.join(' and ') ?? '';
      needs.set(need, (needs.get(need) ?? 0) + 1);
    }
    const why = [...needs].map(([need, count]) => `${need} ${count}`).sort();
    return [
      `docs: ${all.length} blocks: ${of('run').length} run`,
      `${of('file').length} files made and read`,
      `${of('value').length} values compared`,
      `${of('syntax').length} checked by syntax, for what they need (${why.join(', ')})`,
      `${of('output').length} show output`,
    ].join(', ');
  }
}

function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

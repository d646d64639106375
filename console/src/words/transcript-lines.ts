import type { TranscriptLine } from '../api/types.js';

/** Which line is being said at this moment, by its place: the last that has begun; −1: none has. */
export function lineAt(lines: readonly TranscriptLine[], seconds: number): number {
  return lines.findLastIndex(({ at_ms: at }) => at <= seconds * 1_000);
}

/** The lines in which all words of a search begin a word, by their places; none without a word. */
export function linesWith(lines: readonly TranscriptLine[], search: string): number[] {
  const wanted = plainWords(search);
  if (wanted.length === 0) return [];
  return lines.flatMap(({ text }, at) => {
    const said = plainWords(text);
    return wanted.every((one) => said.some((word) => word.startsWith(one))) ? [at] : [];
  });
}

function plainWords(text: string): string[] {
  const plain = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '');
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

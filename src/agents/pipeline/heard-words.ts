/** A word as a speech server times it, in milliseconds from the beginning of the audio. */
export interface WordTime {
  word: string;
  endMs: number;
}

/** Finds words where a script has no spaces, too. */
const WORDS = new Intl.Segmenter(undefined, { granularity: 'word' });
/** How long characters last, in letters: a digit is a word of its own. */
const DIGIT = 4;
const SIGN = 6;
/** What a word lasts beyond its letters. */
const WORD = 1;
const ROUNDING = 1e-9;

/** Up to the last word that was over by then. Words that are not in the text, such as those of a number, are passed over. */
export function firstByTimes(text: string, words: readonly WordTime[], heardMs: number): string {
  const lower = text.toLowerCase();
  let end = 0;
  for (const { word, endMs } of words) {
    if (endMs > heardMs) break;
    const said = word.trim().toLowerCase();
    const at = said === '' ? -1 : lower.indexOf(said, end);
    if (at >= 0) end = at + said.length;
  }
  return upTo(text, end);
}

/** Up to the last word that was over when such a share of the sound, from 0 to 1, had been heard; pauses do not count. */
export function firstByShare(text: string, share: number): string {
  const words = [...WORDS.segment(text)].filter((one) => one.isWordLike);
  const weights = words.map(({ segment }) => weightOf(segment));
  let left = share * weights.reduce((sum, weight) => sum + weight, 0);
  let end = 0;
  for (const [at, { segment, index }] of words.entries()) {
    left -= weights[at] ?? 0;
    if (left < -ROUNDING) break;
    end = index + segment.length;
  }
  return upTo(text, end);
}

function weightOf(word: string): number {
  let weight = WORD;
  for (const character of word) {
    if (/\p{N}/u.test(character)) weight += DIGIT;
    else if (/[%€$£&@]/.test(character)) weight += SIGN;
    else if (/\p{L}/u.test(character)) weight += 1;
  }
  return weight;
}

/** With the signs at the end, where all words are in it. */
function upTo(text: string, end: number): string {
  return /[\p{L}\p{N}]/u.test(text.slice(end)) ? text.slice(0, end).trimEnd() : text;
}

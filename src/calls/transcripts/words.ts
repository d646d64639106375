/** Characters by which a word is found. */
const WORD_MAX = 40;
/** Words of one question. */
const ASKED_MAX = 10;

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/**
 * The words of a text by which it is found, each once: in lower case, without accents; in languages that
 * leave no space between words, such as Japanese, as a dictionary divides them.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '');
  const words = new Set<string>();
  for (const { segment, isWordLike } of segmenter.segment(plain.normalize('NFKC'))) {
    if (isWordLike) words.add(segment.slice(0, WORD_MAX).replace(/\p{Cs}/gu, ''));
  }
  return [...words];
}

/** The words of a question: a transcript fits that has, for each, a word that begins with it. */
export function askedWords(question: string): string[] {
  const words = wordsOf(question);
  // What another begins with is found with it.
  const needed = words.filter(
    (word) => !words.some((other) => other !== word && other.startsWith(word)),
  );
  return needed.slice(0, ASKED_MAX);
}

/** The first text behind all that begin with `word`, in the order of code points. */
export function behindAll(word: string): string {
  return `${word}\u{10ffff}`;
}

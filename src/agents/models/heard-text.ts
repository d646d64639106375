/** A thing that the model has said and the caller may not have heard to its end. */
export interface HalfHeard {
  text: string;
  /** How long the whole of it lasts. */
  ms: number;
}

/** What was heard of things that were said one after another, when the caller has heard `heardMs` of them together. */
export function heardOf(things: readonly HalfHeard[], heardMs: number): string[] {
  let left = heardMs;
  return things.map(({ text, ms }) => {
    const share = ms > 0 ? Math.min(1, Math.max(0, left) / ms) : 1;
    left -= ms;
    return firstOf(text, share);
  });
}

/** Up to the last whole word of such a share, from 0 to 1. */
export function firstOf(text: string, share: number): string {
  if (share >= 1) return text;
  const end = Math.floor(text.length * Math.max(0, share));
  const isBetween = end === 0 || /\s/.test(text[end] ?? ' ');
  return isBetween
    ? text.slice(0, end).trimEnd()
    : text.slice(0, text.lastIndexOf(' ', end) + 1).trimEnd();
}

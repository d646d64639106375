/**
 * What this browser's telephone remembers until the next visit: the id of the workflow that it talked
 * to last, the ids of its devices, and how loud it is, in percent.
 */
export type Kept = 'workflow' | 'microphone' | 'speaker' | 'volume';

const keyOf = (what: Kept): string => `patchbay.phone.${what}`;

/** Null: nothing yet, or the browser keeps nothing. */
export function kept(what: Kept): string | null {
  try {
    return localStorage.getItem(keyOf(what));
  } catch {
    return null;
  }
}

export function keep(what: Kept, value: string): void {
  try {
    localStorage.setItem(keyOf(what), value);
  } catch {
    // A browser that keeps nothing begins with the defaults at the next visit.
  }
}

/** How loud it is, from 0 to 1. */
export function keptVolume(): number {
  const percent = Number(kept('volume') ?? 100);
  return percent >= 0 && percent <= 100 ? percent / 100 : 1;
}

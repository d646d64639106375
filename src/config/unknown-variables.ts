/** A variable that will not do what its writer may think. */
export interface SettingsWarning {
  variable: string;
  /** A sentence; never holds the variable's value. */
  message: string;
}

/** Names that start like this are ours, or were meant to be. */
const FAMILIES = /^(TWILIO|STREAM|RECONCILE|SIMULATED|MAX_CONCURRENT)_/i;

/**
 * Names that look like ours and are not: a misspelt variable would otherwise be
 * ignored without a word. Everything else in the environment is left alone.
 */
export function findUnknownVariables(
  present: readonly string[],
  known: readonly string[],
): SettingsWarning[] {
  return present
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const nearest = findNearest(name, known);
      if (!FAMILIES.test(name) && !isMisspelling(name, nearest)) return [];
      const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
      return [{ variable: name, message: `${name} is not a setting of Patchbay.${hint}` }];
    });
}

/** Short names need to be closer: `PATH` is no misspelt `PORT`. */
function isMisspelling(name: string, nearest: string | null): boolean {
  if (nearest === null) return false;
  return editDistance(name.toUpperCase(), nearest) <= Math.min(2, Math.floor(nearest.length / 5));
}

/** The name of ours that was probably meant; null when none is half like it. */
function findNearest(name: string, known: readonly string[]): string | null {
  const wanted = name.toUpperCase();
  let nearest: string | null = null;
  let least = Math.ceil(wanted.length / 2);
  for (const candidate of known) {
    const shortened = wanted.length >= 6 && candidate.startsWith(`${wanted}_`);
    const distance = shortened ? 0.5 : editDistance(wanted, candidate);
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

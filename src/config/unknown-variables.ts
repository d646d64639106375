/** A variable that probably does not do what its author expects. */
export interface SettingsWarning {
  variable: string;
  /** A sentence; never holds the variable's value. */
  message: string;
}

/** Names that start like this are ours, or are meant to be. */
const FAMILIES = /^(TWILIO|STREAM|RECONCILE|SIMULATED|MAX_CONCURRENT)_/i;

/** The endings with which a name states its unit. */
const UNIT = /(?:_PER)?_(?:MS|MILLISECONDS?|S|SECS?|SECONDS?|MINS?|MINUTES?|HOURS?|DAYS?)$/;

/**
 * Names that look like ours and are not: a misspelt variable would otherwise be
 * ignored silently. Everything else in the environment is ignored.
 */
export function findUnknownVariables(
  present: readonly string[],
  known: readonly string[],
): SettingsWarning[] {
  return present
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const abridged = findAbridged(name, known);
      const nearest = abridged ?? findNearest(name, known);
      if (!abridged && !FAMILIES.test(name) && !isMisspelling(name, nearest)) return [];
      const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
      return [{ variable: name, message: `${name} is not a setting of Patchbay.${hint}` }];
    });
}

/**
 * `DRAIN_TIMEOUT`, `DRAIN_TIMEOUT_MS`, `OPENAI_KEY`: the setting of ours that the
 * name means, with its unit or a word left out; null for other names.
 */
function findAbridged(name: string, known: readonly string[]): string | null {
  const whole = name.toUpperCase();
  const wanted = withoutUnit(whole);
  const found = known.find((one) => {
    const ours = withoutUnit(one);
    const unitIsOff = UNIT.test(one) && isMisspelling(wanted, ours);
    return unitIsOff || leavesWordsOut(wanted, ours) || leavesWordsOut(whole, one);
  });
  return found ?? null;
}

function withoutUnit(name: string): string {
  return name.replace(UNIT, '');
}

/**
 * Whether the first and last words match ours and those between are in our order;
 * `ALLOWED_HOSTS` may belong to any program.
 */
function leavesWordsOut(name: string, one: string): boolean {
  const words = name.split('_');
  const ours = one.split('_');
  if (words.length < 2 || words[0] !== ours[0] || words.at(-1) !== ours.at(-1)) return false;
  let at = 0;
  return words.every((word) => {
    at = ours.indexOf(word, at) + 1;
    return at > 0;
  });
}

/** Short names must be closer: `PATH` is not a misspelt `PORT`. */
function isMisspelling(name: string, nearest: string | null): boolean {
  if (nearest === null) return false;
  return editDistance(name.toUpperCase(), nearest) <= Math.min(2, Math.floor(nearest.length / 5));
}

/** The name of ours that was probably meant; null when none is similar enough. */
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

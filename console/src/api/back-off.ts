const FIRST_MS = 500;
const MOST_MS = 20_000;

/**
 * How long to wait before the next attempt, in milliseconds: twice as long each
 * time, and spread so that many browsers do not come back at the same moment.
 * @param failures in a row, from 1
 * @param random from 0 to 1
 */
export function backOffMs(failures: number, random: number): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(ceiling * (0.5 + random / 2));
}

/** Resolves after this many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Rows of one insert. Even for the widest table this stays far below the number of
 * values that either engine accepts in a statement.
 */
export const ROWS_PER_INSERT = 200;

/** Rows that one transaction of a sweep may take. Keeps the write lock short. */
export const ROWS_PER_SWEEP = 1_000;

/** Divides a list into pieces of at most `size`, in order; an empty list gives none. */
export function pieces<T>(list: readonly T[], size: number = ROWS_PER_INSERT): T[][] {
  const all: T[][] = [];
  for (let from = 0; from < list.length; from += size) all.push(list.slice(from, from + size));
  return all;
}

/**
 * Sweeps in separate transactions until one finds fewer rows than it may take.
 *
 * @param sweep takes up to `limit` rows and returns how many it took
 */
export async function sweepInPieces(sweep: (limit: number) => Promise<bigint>): Promise<void> {
  while ((await sweep(ROWS_PER_SWEEP)) >= BigInt(ROWS_PER_SWEEP));
}

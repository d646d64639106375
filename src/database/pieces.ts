/** Rows of one insert: of the widest table far below the values that either engine takes in a statement. */
export const ROWS_PER_INSERT = 200;

/** Rows that one transaction of a sweep may take, so that calls never wait for it. */
export const ROWS_PER_SWEEP = 1_000;

/** A list in pieces of at most `size`, in order; none for an empty list. */
export function pieces<T>(list: readonly T[], size: number = ROWS_PER_INSERT): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, piece) => list.slice(piece * size, (piece + 1) * size));
}

/**
 * Sweeps in transactions of their own until one finds less than it may take.
 *
 * @param sweep takes up to `limit` rows and tells how many it took
 */
export async function sweepInPieces(sweep: (limit: number) => Promise<bigint>): Promise<void> {
  while ((await sweep(ROWS_PER_SWEEP)) >= BigInt(ROWS_PER_SWEEP));
}

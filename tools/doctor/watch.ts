import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckJson, DiagnosisJson } from './ask.js';

/** What became of one examination. */
export interface Round {
  /** The exit code, if it was the last. */
  code: number;
  /** Null: it could not be made. */
  diagnosis: DiagnosisJson | null;
  /** Why not, or what else is to be said; null: nothing. */
  message: string | null;
}

export interface WatchOptions {
  everyMs: number;
  /** One examination; never rejects. */
  examine: () => Promise<Round>;
  /** Called after the first round, and after each one that differs from the round before. */
  tell: (round: Round, changed: readonly CheckJson[] | null) => void;
  /** Ends the watch, in the middle of a round too. */
  signal: AbortSignal;
}

/**
 * Examines again and again until the signal.
 * @returns the exit code of the last round that ended; 2 if none did
 */
export async function watch({ everyMs, examine, tell, signal }: WatchOptions): Promise<number> {
  const ended = new Promise<null>((resolve) =>
    signal.addEventListener('abort', () => resolve(null), { once: true }),
  );
  let last: Round = { code: 2, diagnosis: null, message: null };
  let isFirst = true;
  while (!signal.aborted) {
    const round = await Promise.race([examine(), ended]);
    if (round === null) break;
    const changed = isFirst ? null : changesBetween(last.diagnosis, round.diagnosis);
    if (isFirst || changed?.length !== 0 || round.message !== last.message) tell(round, changed);
    // What was known of the checks stays known while nobody can be asked.
    last = { ...round, diagnosis: round.diagnosis ?? last.diagnosis };
    isFirst = false;
    await sleep(everyMs, null, { signal }).catch(() => undefined);
  }
  return last.code;
}

/**
 * The checks that stand otherwise than before. What is measured differs each time, so of what was seen
 * other figures are no change. A check that is new and well is none either; one that complained and
 * is not made any more counts as well.
 */
export function changesBetween(
  before: DiagnosisJson | null,
  now: DiagnosisJson | null,
): CheckJson[] {
  if (now === null) return [];
  const known = new Map(before?.checks.map((check) => [check.name, check]));
  const made = new Set(now.checks.map(({ name }) => name));
  const over = [...known.values()].filter((check) => complains(check) && !made.has(check.name));
  return [
    ...now.checks.filter((check) => {
      const earlier = known.get(check.name);
      if (!complains(check)) return earlier !== undefined && complains(earlier);
      return earlier?.status !== check.status || shape(earlier.seen) !== shape(check.seen);
    }),
    ...over.map((check) => ({
      ...check,
      status: 'up' as const,
      seen: 'It is not looked at any more.',
      fix: null,
      detail: {},
    })),
  ];
}

function complains({ status }: CheckJson): boolean {
  return status === 'down' || status === 'warn';
}

function shape(seen: string): string {
  return seen.replaceAll(/\d+(?:[.,]\d+)*/g, '#');
}

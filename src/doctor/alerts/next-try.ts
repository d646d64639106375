const MINUTE_MS = 60_000;
/** The pauses between tries, in minutes; the last one repeats. A round of checks is awaited beside. */
const PAUSES = [1, 2, 5, 10, 30];
/** What was not told by then helps nobody any more. */
const TRIED_FOR_MS = 6 * 60 * MINUTE_MS;

/** When a message that failed `attempts` times is tried again, in milliseconds; null: it is given up. */
export function nextTry(attempts: number, createdAt: number, now: number): number | null {
  const pause = PAUSES[Math.min(attempts, PAUSES.length) - 1] ?? 1;
  const next = now + pause * MINUTE_MS;
  return next - createdAt > TRIED_FOR_MS ? null : next;
}

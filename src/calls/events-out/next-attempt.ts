const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pauses between attempts; the last one repeats until the day is over. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR];
/** How long a delivery is tried. After that it is dead, until its user replays it. */
export const TRIED_FOR_MS = 24 * HOUR;

/**
 * The time of the next attempt; null: the delivery's day is over.
 *
 * @param attempts how often the delivery had failed before this failure
 * @param retryAfterSeconds the least pause that the receiver asks for; null: it does not ask for
 *   one
 */
export function nextAttempt(
  attempts: number,
  createdAt: Date,
  now: Date,
  retryAfterSeconds: number | null,
): Date | null {
  const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)] ?? HOUR;
  const next = new Date(now.getTime() + Math.max(pause, (retryAfterSeconds ?? 0) * SECOND));
  return next.getTime() - createdAt.getTime() > TRIED_FOR_MS ? null : next;
}

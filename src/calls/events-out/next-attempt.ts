const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Between attempts; the last one repeats until the day is over. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR];
/** After that the delivery is dead, until somebody replays it. */
export const TRIED_FOR_MS = 24 * HOUR;

/**
 * When a delivery is tried again; null: its day is over.
 *
 * @param attempts how often it had failed before it failed now
 * @param retryAfterSeconds for how long the receiver asks to be left alone at least; null: it does not say
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

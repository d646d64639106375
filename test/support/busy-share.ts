import { cpus } from 'node:os';

/** How busy the machine may be, by whoever, where pauses that are too long are to be our fault. */
export const BUSY_FOR_A_VERDICT = 0.7;

/** How much of the machine's processor time was used since this was called, 0 to 1, by whoever used it. */
export function busyShare(): () => number {
  const before = times();
  return () => {
    const now = times();
    return (now.busy - before.busy) / Math.max(1, now.all - before.all);
  };
}

function times(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times: of } of cpus()) {
    const working = of.user + of.nice + of.sys + of.irq;
    busy += working;
    all += working + of.idle;
  }
  return { busy, all };
}

/** The value below which this share of them lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** "p50 120, p95 300, most 400 (n 12)", in whole milliseconds. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const [p50, p95, most] = [0.5, 0.95, 1].map((share) => percentile(values, share).toFixed(0));
  return `p50 ${p50}, p95 ${p95}, most ${most} (n ${values.length})`;
}

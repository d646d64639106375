import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import type { SeededRandom } from '../../tools/carrier/random.js';

const STATUSES = ['initiated', 'ringing', 'answered'] as const;
const ENDS = ['completed', 'busy', 'no-answer', 'failed', 'canceled'] as const;

/** One thing that a carrier tells of a call. */
export type Told =
  | {
      kind: 'status';
      status: CallStatus;
      sequence: number;
      /** When it happened, after the beginning of the call. */
      seconds: number;
      durationSeconds: number | null;
    }
  | { kind: 'machine' };

/**
 * What a carrier tells of one call, some of it twice. Everything has the carrier's own time, so that
 * ours plays no part.
 */
export function callStory(random: SeededRandom, index: number): Told[] {
  const told: Told[] = STATUSES.slice(0, random.between(0, STATUSES.length)).map(
    (status, sequence) => ({
      kind: 'status',
      status,
      sequence,
      seconds: sequence,
      durationSeconds: null,
    }),
  );
  const status = ENDS[random.between(0, ENDS.length - 1)] ?? 'completed';
  told.push({ kind: 'status', status, sequence: 4, seconds: 30, durationSeconds: 20 });
  if (index % 3 === 0) told.push({ kind: 'machine' });
  return told.flatMap((one) => (random.between(0, 3) === 0 ? [one, one] : [one]));
}

import type { Outcome } from '../api/system-types.js';
import { plural } from '../messages/fill.js';
import { m } from '../messages/first.js';
import { endWords } from './end-reasons.js';
import { EVERYTHING, LATELY, placeQuery } from './filters.js';

/** A line for calls that ended for the same cause. */
export interface OutcomeLine {
  /** `agent failed: it did not answer in time` */
  text: string;
  /** The page that lists these calls. */
  to: string;
  /** The doctor's check that explains them; null: none does. */
  check: string | null;
}

/** @param lastHours how far back the calls were counted */
export function outcomeLine(outcome: Outcome, lastHours: string = LATELY): OutcomeLine {
  const { short, doctor } = endWords(outcome.end_reason);
  return {
    text: outcome.cause === null ? short : `${short}: ${outcome.cause}`,
    to: `calls${placeQuery({
      ...EVERYTHING,
      hours: lastHours,
      end_reason: outcome.end_reason,
      workflow_id: outcome.workflow_id === null ? '' : String(outcome.workflow_id),
    })}`,
    check: doctor?.check ?? null,
  };
}

/** `3 calls`, `1 call`. */
export function callsText(count: number): string {
  return plural(m.calls.count, count);
}

import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

/** Why a call from the phone to one of our numbers was not taken; by the line's `refused`. */
const REFUSALS: Record<string, string> = {
  rejected: m.line.theCallWasRejectedNo,
  busy: m.line.busyThisServiceTakesNo,
  unreachable: m.line.nobodyCanBeReachedUnder,
};

/** Empty where the call was taken. */
export function refusalText(refused: string | undefined): string {
  if (refused === undefined) return '';
  return REFUSALS[refused] ?? fill(m.line.theCallWasNotTaken, { refused });
}

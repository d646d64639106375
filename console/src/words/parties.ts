import type { Call } from '../api/types.js';
import { m } from '../messages/first.js';

/** The party on one side of a call. Erased calls have no parties. */
export function partyWords(call: Pick<Call, 'from' | 'to'>, side: 'from' | 'to'): string {
  return call[side] || (call.from === '' && call.to === '' ? m.calls.erased : m.calls.withheld);
}

import type { Call } from '../api/types.js';

/** Who is on one side of a call; erased calls have nobody on either. */
export function partyWords(call: Pick<Call, 'from' | 'to'>, side: 'from' | 'to'): string {
  return call[side] || (call.from === '' && call.to === '' ? 'erased' : 'withheld');
}

import type { Blame } from '../calls-port.js';
import type { Failure } from './failure.js';

/** https://www.twilio.com/docs/api/errors */
const OF_THE_ACCOUNT: ReadonlySet<number> = new Set([
  // Not active, a trial without the feature, too many calls at once, calling disabled.
  10001, 10002, 10004, 10005,
  // Credentials, access, not active, not for test credentials, no such account.
  20003, 20004, 20005, 20006, 20008, 20404,
  // The caller: not given, not verified, not valid.
  21210, 21212, 21213,
  // Countries that are not enabled: of the account, of the caller's number.
  21203, 21215, 13227,
  // A trial account calls verified numbers alone.
  21219, 573005,
]);
const OF_THE_CALLEE: ReadonlySet<number> = new Set([
  // Not valid, not reachable, blocked, not supported, an unknown country.
  21201, 21211, 21214, 21216, 21217, 13223, 13224, 13225, 13226,
]);

/** Of what Twilio speaks where it refuses a dial. */
export function blameOf({ code, status }: Extract<Failure, { kind: 'refused' }>): Blame {
  if (OF_THE_CALLEE.has(code)) return 'callee';
  // 401 and 403 are about who asks, whatever the code.
  return OF_THE_ACCOUNT.has(code) || status === 401 || status === 403 ? 'account' : 'request';
}

import { idsOf, type CallRun } from '../../calls/ledger/call-run.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { Log } from '../../shared/logger.js';
import type { DigitsWay } from './digits-line.js';

/** How digits are sent on a stream of this call. */
export function digitsWayOf(account: CarrierAccount, run: CallRun, log: Log): DigitsWay {
  return {
    by: account.capabilities.digitsOut,
    ask: async (digits) => {
      const result = await account.calls.sendDigits(idsOf(run), digits);
      if (result.kind === 'accepted') return true;
      const reason = result.kind === 'failed' ? result.message : 'the call is over';
      log.warn('digits.not_sent', { workflow_run_id: run.runId, reason });
      return false;
    },
  };
}

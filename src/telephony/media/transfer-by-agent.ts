import type { CallRun } from '../../calls/ledger/call-run.js';
import type { TransferWish } from '../../control/transfer-call.js';
import type { SessionServices } from './session-services.js';

/**
 * An agent has its call transferred. Once that is written down, the stream ends as that of any call
 * that is transferred.
 * @returns whether it has begun; why it has not is in the log
 */
export async function transferByAgent(
  run: CallRun,
  wish: Pick<TransferWish, 'to' | 'announce'>,
  { transfers, log }: Pick<SessionServices, 'transfers' | 'log'>,
): Promise<boolean> {
  const refused = (reason: unknown): boolean => {
    log.warn('transfer.refused', { workflow_run_id: run.runId, target: wish.to, reason });
    return false;
  };
  try {
    const result = await transfers.begin(run, { ...wish, orSilently: true });
    switch (result.kind) {
      case 'begun':
        return true;
      case 'invalid':
        return refused(`${result.field} ${result.message}`);
      case 'impossible':
        return refused(result.message);
      default:
        return result satisfies never;
    }
  } catch (error) {
    return refused(error);
  }
}

import type { CallRun } from '../../calls/ledger/call-run.js';
import type { CloseCode } from './close-codes.js';
import type { SessionServices } from './session-services.js';
import type { Talk } from './talk.js';

/**
 * - `moved`: what the stream leaves is durable, and it is to end
 * - `newer`: a newer stream has the call already
 * - `over`: the call is over, or is to end; until then it goes on here
 * - `failed`: it could not be written down, and the conversation goes on here
 */
export type HandedOver = 'moved' | 'newer' | 'over' | 'failed';

/**
 * Freezes what passes on a stream and writes down what it leaves to the one that comes next: first
 * of all, so that nothing is closed before it is durable. Where the call stays, all goes on.
 *
 * @param code how the socket will be closed
 */
export async function handOverCall(
  talk: Talk,
  run: CallRun,
  code: CloseCode | null,
  { ledger, log }: Pick<SessionServices, 'ledger' | 'log'>,
): Promise<HandedOver> {
  const handover = talk.handOver();
  const summary = talk.summary('going-away', code);
  const outcome = await ledger.handOver(run, summary, handover).catch((error: unknown) => {
    log.warn('stream.not_moved', { workflow_run_id: run.runId, error });
    return 'failed' as const;
  });
  if (outcome === 'over' || outcome === 'failed') talk.goOn();
  return outcome;
}

import type { Call } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { endWords } from './end-reasons.js';

/** A page on which the cause of a failed call can be looked at or put right. */
export interface Remedy {
  to: string;
  text: string;
}

/** Refused, or not dialled in time, for a reason of the account's. */
const OF_THE_ACCOUNT = new Set(['provider_rejected', 'queue_timeout']);

/**
 * Where to go from a call that went wrong, most likely first; none for one that went well.
 * @param workflowName null: it was deleted
 * @param administrator whether the person may see accounts and the doctor
 */
export function remediesOf(
  { end_reason: reason, workflow_id: workflowId, account }: Call,
  { workflowName, administrator }: { workflowName: string | null; administrator: boolean },
): Remedy[] {
  if (reason === null) return [];
  const remedies: Remedy[] = [];
  if (reason === 'agent_failed' && workflowName !== null) {
    remedies.push({
      to: `workflows/${workflowId}`,
      text: fill(m.call.changeTheWorkflow, { workflowName }),
    });
  }
  if (!administrator) return remedies;
  if (OF_THE_ACCOUNT.has(reason)) {
    remedies.push({ to: `accounts/${account}`, text: fill(m.call.lookAtTheAccount, { account }) });
  }
  const { doctor } = endWords(reason);
  if (doctor) remedies.push({ to: `doctor?check=${doctor.check}`, text: doctor.text });
  return remedies;
}

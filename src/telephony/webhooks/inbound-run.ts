import type { NewRun } from '../../calls/ledger/call-run.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerRequest } from '../../providers/ingress.js';
import { snapshotOf, type Workflow } from '../../tenants/workflows.js';

/** Inbound calls have the same defaults as placed ones, because no request chooses their limits. */
const RING_SECONDS = 60;
const MAX_SECONDS = 3_600;

/** The run of a call that somebody makes to a claimed number. */
export function inboundRun(
  account: CarrierAccount,
  { callId, question }: { callId: string; question: AnswerRequest },
  workflow: Workflow,
  publicOrigin: string,
): NewRun {
  return {
    workflowId: workflow.workflowId,
    userId: workflow.userId,
    direction: 'inbound',
    provider: account.kind,
    accountKey: account.key,
    accountId: account.accountId,
    simulated: account.simulated,
    providerCallId: callId,
    from: question.from,
    to: question.to,
    context: {},
    ...snapshotOf(workflow, account.capabilities.says),
    publicOrigin,
    ringTimeoutSeconds: RING_SECONDS,
    maxDurationSeconds: MAX_SECONDS,
  };
}

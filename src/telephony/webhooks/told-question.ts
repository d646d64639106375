import { callEvent } from '../../calls/ledger/call-event.js';
import { contradicts } from '../../calls/ledger/call-ids.js';
import { idsOf } from '../../calls/ledger/call-run.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerRequest, Told } from '../../providers/ingress.js';
import type { RunIds } from '../../urls/call-urls.js';

/** The run that a URL names: with all of its ids, or with its own id alone. */
export type NamedRun = { runId: number } & Partial<RunIds>;

/** A carrier's report that contains a question. */
export type ToldQuestion = Pick<Told, 'ids' | 'accountId' | 'leg'> & { question: AnswerRequest };

/** Why a question is not about this run; null: it is. */
export function mismatchOf(
  draft: RunDraft | null,
  account: CarrierAccount,
  told: ToldQuestion,
  named?: NamedRun,
): string | null {
  if (!draft || draft.run.accountKey !== account.key) return 'run-unknown';
  const { run } = draft;
  const { workflowId = run.workflowId, userId = run.userId } = named ?? {};
  if (run.workflowId !== workflowId || run.userId !== userId) return 'ids-mismatch';
  if (contradicts(idsOf(run), told.ids)) return 'call-id-mismatch';
  return told.accountId === null || run.accountId === told.accountId ? null : 'account-mismatch';
}

/**
 * The first question about a call is an event of its own: it means answered for an outbound call,
 * ringing for an inbound call.
 */
export function noteAnswer(draft: RunDraft, request: AnswerRequest): void {
  if (draft.timeline.some((event) => event.source === 'answer')) return;
  const status = draft.run.direction === 'inbound' ? 'ringing' : 'answered';
  if (request.status !== status) return;
  draft.record(
    callEvent({
      type: 'status',
      source: 'answer',
      status,
      providerStatus: request.providerStatus,
      answeredBy: request.answeredBy,
      payload: request.payload,
      dedupeKey: 'answer',
    }),
  );
}

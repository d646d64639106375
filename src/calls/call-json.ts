import type { RecordedEvent } from './ledger/call-event.js';
import type { ShownRun } from './ledger/call-run.js';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A call as our API and its events tell it. */
export function callJson(run: ShownRun, streaming: boolean) {
  return {
    workflow_run_id: run.runId,
    workflow_id: run.workflowId,
    user_id: run.userId,
    direction: run.direction,
    provider: run.provider,
    account: run.accountKey,
    simulated: run.simulated,
    from: run.from,
    to: run.to,
    provider_call_id: run.providerCallId,
    status: run.status,
    streaming,
    created_at: iso(run.createdAt),
    answered_at: iso(run.answeredAt),
    ended_at: iso(run.endedAt),
    duration_seconds: run.durationSeconds,
    end_reason: run.endReason,
    answered_by: run.answeredBy,
    sip_code: run.sipCode,
    context: run.context,
    facts: run.facts,
  };
}

/** One line of a call's timeline; the carrier's raw fields stay in the store. */
export function eventJson(event: RecordedEvent) {
  return {
    event_id: event.eventId,
    type: event.type,
    status: event.status,
    provider_status: event.providerStatus,
    sequence: event.sequence,
    source: event.source,
    outcome: event.outcome,
    detail: event.detail,
    occurred_at: iso(event.occurredAt),
    received_at: iso(event.receivedAt),
  };
}

import {
  callEvent,
  type CallEventDraft,
  type RecordedEvent,
} from '../../src/calls/ledger/call-event.js';
import type { CallRun } from '../../src/calls/ledger/call-run.js';
import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import { RunDraft } from '../../src/calls/ledger/run-draft.js';
import { runFromNew } from '../../src/calls/ledger/run-rows.js';
import { newRun } from './ledger-builders.js';

export const NOON = new Date('2026-03-01T12:00:00.000Z');
export const SILENCE_MS = 60_000;

/** The time `seconds` after {@link NOON}. */
export function at(seconds: number): Date {
  return new Date(NOON.getTime() + seconds * 1000);
}

/** A run without any events yet. */
export function queuedRun(fields: Partial<CallRun> = {}): CallRun {
  const made = newRun({ workflowId: 123, userId: 456 });
  const run = runFromNew(789, made, NOON);
  return { ...run, dialledAt: NOON, position: 1, ...fields };
}

/** One status event; a carrier's callback unless `fields` set another source. */
export function told(status: CallStatus, fields: Partial<CallEventDraft> = {}): CallEventDraft {
  return callEvent({
    type: 'status',
    source: 'status-callback',
    status,
    providerStatus: status,
    ...fields,
  });
}

/** The event as the ledger keeps it. */
export function recorded(draft: CallEventDraft, receivedAt: Date = NOON): RecordedEvent {
  return { ...draft, eventId: 0, runId: 789, outcome: 'applied', receivedAt };
}

/** One transaction's view of the run. */
export function draftOf(
  run: CallRun = queuedRun(),
  events: readonly RecordedEvent[] = [],
  now: Date = NOON,
): RunDraft {
  return new RunDraft(run, events, now, { silenceMs: SILENCE_MS });
}

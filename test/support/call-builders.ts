import {
  callEvent,
  type CallEventDraft,
  type RecordedEvent,
} from '../../src/calls/ledger/call-event.js';
import type { CallRun } from '../../src/calls/ledger/call-run.js';
import type { CallStatus } from '../../src/calls/ledger/call-status.js';
import { RunDraft } from '../../src/calls/ledger/run-draft.js';

export const NOON = new Date('2026-03-01T12:00:00.000Z');
export const SILENCE_MS = 60_000;

/** So many seconds after {@link NOON}. */
export function at(seconds: number): Date {
  return new Date(NOON.getTime() + seconds * 1000);
}

/** A run of which nothing has been told yet. */
export function queuedRun(fields: Partial<CallRun> = {}): CallRun {
  return {
    runId: 789,
    workflowId: 123,
    userId: 456,
    direction: 'outbound',
    provider: 'twilio',
    accountId: 'AC1',
    simulated: false,
    providerCallId: null,
    from: '+15005550006',
    to: '+12025550143',
    status: 'queued',
    answeredAt: null,
    endedAt: null,
    durationSeconds: null,
    endReason: null,
    answeredBy: null,
    sipCode: null,
    context: {},
    facts: {},
    agent: 'echo',
    agentOptions: {},
    recording: false,
    recordingNotice: null,
    bargeIn: false,
    onFailure: null,
    publicOrigin: 'https://gw.example.com',
    ringTimeoutSeconds: 60,
    maxDurationSeconds: 3_600,
    machineDetection: null,
    dialledAt: NOON,
    hangupReason: null,
    hangupRequestedAt: null,
    hangupAcceptedAt: null,
    checkAt: null,
    erasedAt: null,
    duplicatesDropped: 0,
    createdAt: NOON,
    updatedAt: NOON,
    position: 1,
    ...fields,
  };
}

/** One status event; a carrier's callback unless `fields` say otherwise. */
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

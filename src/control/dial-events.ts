import { callEvent, type CallEventDraft, type RecordedEvent } from '../calls/ledger/call-event.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { idsOf } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import type { DialResult } from '../providers/calls-port.js';

/** A try to dial, for the timeline: which account was asked, what it answered, and its code. */
export function dialEvent(account: string, result: DialResult): CallEventDraft {
  const reason = reasonOf(result);
  return callEvent({
    type: 'dial',
    source: 'api',
    detail: {
      account,
      result: result.kind,
      code: codeOf(result),
      ...(reason === null ? {} : { reason }),
    },
  });
}

/** An account that a call did not go on to, because it had as many calls as it takes at a time. */
export interface FullAccount {
  account: string;
  limit: number;
}

/** For the timeline: a full account, which was not asked. */
export function passedOverEvent({ account, limit }: FullAccount): CallEventDraft {
  const reason = `${limit} calls are in progress there, as many as it takes at a time (max_concurrent_calls)`;
  return callEvent({
    type: 'dial',
    source: 'api',
    detail: { account, result: 'full', code: null, reason },
  });
}

/** The account that an event of the timeline says was asked to dial; null: it is another event. */
export function dialledAccount({ type, detail }: RecordedEvent): string | null {
  const { account, result } = detail;
  return type === 'dial' && result !== 'full' && typeof account === 'string' ? account : null;
}

/** Why the carrier did not say yes; null: it did. Contains no numbers. */
export function reasonOf(result: DialResult): string | null {
  switch (result.kind) {
    case 'accepted':
      return null;
    case 'throttled':
      return 'the carrier takes no more requests';
    case 'rejected':
    case 'unreachable':
    case 'unknown':
      return result.message;
    default:
      return result satisfies never;
  }
}

/** The carrier's own code, else the HTTP status of a reply that was not its own. */
function codeOf(result: DialResult): string | null {
  if (result.kind === 'rejected') return result.code;
  return result.kind === 'unknown' && result.httpStatus !== null ? String(result.httpStatus) : null;
}

/**
 * Changes nothing for a call that the carrier reports: the call is alive, whatever the carrier
 * answered to the dial.
 */
export function fail(
  draft: RunDraft,
  endReason: 'provider_rejected' | 'queue_timeout' | 'failed',
  detail: Record<string, unknown>,
): void {
  if (isSettled(draft)) return;
  draft.record(callEvent({ type: 'status', source: 'api', status: 'failed', endReason, detail }));
}

/** The call was hung up, and nothing rings. */
export function callOff(draft: RunDraft): void {
  if (isSettled(draft)) return;
  draft.record(callEvent({ type: 'status', source: 'api', status: 'canceled' }));
}

/** The call is over, or the carrier has told of it: a dial that it seemed to refuse has arrived after all. */
export function isSettled(draft: RunDraft): boolean {
  return isTerminal(draft.run.status) || isKnown(idsOf(draft.run));
}

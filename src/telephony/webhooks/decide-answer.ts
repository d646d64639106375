import type { CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal, type CallStatus } from '../../calls/ledger/call-status.js';
import type { StreamHistory } from '../../calls/streams/stream-history.js';

/**
 * The answer to a carrier that asks about a call:
 * - `stream`: connect the call to a media stream, with a fresh token
 * - `hangup`: the call is over, or should end
 * - `apologise`: say the workflow's sentence, then hang up
 * - `transfer`: call the person to whom the call is to be transferred
 * - `give-up`: the stream was lost too often; hang up, and record the reason
 */
export type AnswerDecision = 'stream' | 'transfer' | 'hangup' | 'apologise' | 'give-up';

export const RESUMES_MAX = 5;
export const RESUMES_WINDOW_MS = 60_000;
/** A stream that is resumed later than this after the end of the one before is resumed late. */
export const LATE_AFTER_MS = 3_000;

/**
 * Answers the first question about a call, its repetitions, and the question that follows a stream
 * (`action`). They are the same request, distinguished by what the ledger knows.
 *
 * @param told the call's status as the carrier reports it in this very request
 */
export function decideAnswer(
  run: CallRun,
  streams: StreamHistory,
  hasLiveStream: boolean,
  told: CallStatus | null,
  now: Date,
): AnswerDecision {
  if (isTerminal(run.status) || (told !== null && isTerminal(told))) return 'hangup';
  if (run.hangupReason === 'agent_failed' && run.onFailure !== null) return 'apologise';
  if (run.hangupReason !== null) return 'hangup';
  // A carrier that was told, and asks all the same, was not told in time.
  if (run.transferState === 'asked' || run.transferState === 'told') return 'transfer';
  if (run.transferState === 'answered') return 'hangup';
  if (hasLiveStream) return 'stream';

  const { state } = streams;
  switch (state) {
    case null:
    case 'live':
    case 'moving':
      return 'stream';
    case 'over':
      return 'hangup';
    case 'lost': {
      const window = new Date(now.getTime() - RESUMES_WINDOW_MS);
      return streams.lossesSince(window) > RESUMES_MAX ? 'give-up' : 'stream';
    }
    default:
      return state satisfies never;
  }
}

/**
 * The sentence that a caller hears before the stream that is offered now: before the first one that
 * the call is recorded, before one that is resumed late the workflow's `on_resume`.
 *
 * @returns null: nothing is said
 */
export function sentenceBefore(run: CallRun, streams: StreamHistory, now: Date): string | null {
  if (!streams.hasStreamed) return run.recording ? run.recordingNotice : null;
  const end = streams.lastEnd;
  if (end === null) return null;
  return now.getTime() - end.at.getTime() > LATE_AFTER_MS ? run.onResume : null;
}

import type { CallEventDraft, EventSource } from '../ledger/call-event.js';
import { isTerminal } from '../ledger/call-status.js';
import type { RunDraft } from '../ledger/run-draft.js';
import {
  transferAnswered,
  transferEnded,
  transferFailed,
  transferStarted,
  type TransferFailure,
  type TransferOrder,
} from './transfer-events.js';
import type { Transfer } from './transfer-history.js';

/** What a carrier says of the person's side of a transfer. */
export interface LegReport {
  /** Which of the call's transfers, as the carrier was told; null: it cannot say, so it is the newest. */
  transfer: number | null;
  /** The carrier's id of the person's call; null where it does not say. */
  leg: string | null;
  /**
   * - `ringing`: the carrier has begun to call the person
   * - `answered`: the person has answered, and may be hearing what is announced
   * - `handed-over`: the person has answered, and the two are connected without us: our side of the call
   *   is to end, and what becomes of theirs is not told
   * - `over`: that call is over, and the caller waits for what comes next
   */
  step: 'ringing' | 'answered' | 'handed-over' | 'over';
  /** How it ended, for `over`: null when the two were connected. */
  failure: TransferFailure | null;
  source: EventSource;
  occurredAt: Date | null;
  durationSeconds: number | null;
  sipCode: number | null;
  payload: Record<string, unknown>;
}

/** How soon after the carrier was told it should have begun to call the person, in milliseconds. */
const TOLD_WITHIN_MS = 15_000;

/** How long it is tried to tell a carrier, in milliseconds. */
const REACHED_WITHIN_MS = 30_000;

/** Why a call cannot be transferred now; null: it can. */
export function whyNotTransferred({ run, streams, transfers }: RunDraft): string | null {
  if (run.status !== 'answered') return 'The call is not answered, or is over.';
  if (run.hangupReason !== null) return 'The call is being hung up.';
  if (transfers.running) return 'The call is being transferred already.';
  return streams.state === 'live' ? null : 'The call has no live media stream.';
}

/** Records that a call is to be transferred. From now on its agent has no say in it. */
export function enterTransfer(draft: RunDraft, order: TransferOrder): void {
  const { streams, transfers } = draft;
  const which = { transfer: transfers.count + 1, generation: streams.generation };
  const { transfer: _earlier, ...otherIds } = draft.run.otherIds;
  draft.change({ otherIds, transferToldAt: null });
  draft.record(transferStarted(which, order));
}

/**
 * Takes the transfer of which the carrier is now to be told, once: whoever takes it tells the carrier.
 * Where the carrier has not begun by then, somebody else may take it.
 * @returns null: there is none, or somebody else has it
 */
export function takeTransfer(draft: RunDraft): Transfer | null {
  const { run, transfers } = draft;
  const { running } = transfers;
  if (!running || run.transferState !== 'asked' || isTerminal(run.status)) return null;
  if (run.hangupReason !== null) return null;
  markTold(draft);
  return running;
}

/**
 * Records that the carrier is being told.
 * @param silentMs how long it may call the person before it says anything: not every carrier tells that
 *   a person's phone rings
 */
export function markTold(draft: RunDraft, silentMs = 0): void {
  const transferToldAt = new Date(draft.now.getTime() + silentMs);
  const checkAt = new Date(transferToldAt.getTime() + TOLD_WITHIN_MS);
  draft.change({ transferState: 'told', transferToldAt, checkAt });
}

/**
 * Looks after a transfer from time to time: a carrier that was told long ago and has not begun to
 * call the person is to be told again; where none can be told, the caller is given back.
 * @returns whether there was a transfer under way
 */
export function attendTransfer(draft: RunDraft): boolean {
  const { run, now, transfers } = draft;
  const { running } = transfers;
  if (!running) return false;
  const { transferState, transferToldAt, otherIds } = run;
  const since = (at: Date): number => now.getTime() - at.getTime();
  if (transferState === 'asked' && since(running.startedAt) >= REACHED_WITHIN_MS) {
    enterFailure(draft, 'unreachable');
  } else if (transferState === 'told' && transferToldAt && otherIds.transfer === undefined) {
    if (since(transferToldAt) >= TOLD_WITHIN_MS) draft.change({ transferState: 'asked' });
  }
  return true;
}

/**
 * Records what the carrier says of the person's side. What it says of another transfer than the one
 * that is under way changes nothing.
 * @returns whether it was about that one
 */
export function enterReport(draft: RunDraft, report: LegReport): boolean {
  const running = concernedBy(draft, report);
  if (!running || (report.transfer !== null && report.transfer !== running.transfer)) return false;
  const { leg } = report;
  const known = draft.run.otherIds.transfer;
  if (leg !== null && known !== undefined && known !== leg) return false;
  if (leg !== null && known === undefined) {
    draft.change({ otherIds: { ...draft.run.otherIds, transfer: leg } });
  }
  if (draft.run.transferState === 'asked') draft.change({ transferState: 'told' });
  const event = eventOf(running, report);
  if (event) draft.record(event);
  // What the two had to say to each other is said, or is said elsewhere.
  const isDone = report.step === 'over' && report.failure === null;
  if (isDone || report.step === 'handed-over') draft.requestHangup('transferred');
  return true;
}

/** Records that a transfer came to nothing; the caller is given back to the agent. */
export function enterFailure(draft: RunDraft, reason: TransferFailure): void {
  const { running } = draft.transfers;
  if (running) draft.record(transferFailed(running, reason, { source: 'api', leg: null }));
}

/** Null: none is under way. That a person had answered matters also after the call has ended. */
function concernedBy({ transfers }: RunDraft, { step }: LegReport): Transfer | null {
  const { running, newest } = transfers;
  const isLate = step === 'answered' && newest?.failure === 'call_ended';
  return running ?? (isLate ? newest : null);
}

function eventOf(running: Transfer, report: LegReport): CallEventDraft | null {
  switch (report.step) {
    case 'ringing':
      return null;
    case 'answered':
    case 'handed-over':
      return running.isAnswered ? null : transferAnswered(running, report);
    case 'over':
      return report.failure === null
        ? transferEnded(running, report)
        : transferFailed(running, report.failure, report);
    default:
      return report.step satisfies never;
  }
}

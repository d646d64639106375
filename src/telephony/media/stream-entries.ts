import { callEvent } from '../../calls/ledger/call-event.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import type { FailedTransfer } from '../../calls/streams/handover.js';
import type { SealedHandover } from '../../calls/streams/handovers.js';
import { streamEnded, streamStarted } from '../../calls/streams/stream-events.js';
import { CloseCode } from './close-codes.js';
import { refused, type StartRefusal } from './start-refusal.js';
import { qualityDetail, seriesDetail, type StreamSummary } from './stream-summary.js';

/** After the carrier's `stop` the call's own callback is awaited this long before the carrier is asked. */
const ASK_SOON_MS = 1_000;

export interface StartEntry {
  streamId: string;
  /** The generation of the call's newest stream when the token was spent. */
  seen: number;
  /** This instance. */
  instance: string;
}

export interface EndEntry {
  summary: StreamSummary;
  /** What the stream leaves to the next; null: nothing. */
  sealed: SealedHandover | null;
  /** How long the call may be without a stream, in milliseconds. */
  graceMs: number;
}

/** A stream that was entered as the call's newest. */
export interface Entered {
  kind: 'entered';
  run: CallRun;
  /** How long the call was without a stream; null: this is its first. */
  gapMs: number | null;
  /** The transfer from which the caller comes back; null: there was none. */
  failedTransfer: FailedTransfer | null;
}

/** Enters the beginning of a stream, the call's newest from now on. */
export function enterStart(
  draft: RunDraft | null,
  { streamId, seen, instance }: StartEntry,
): Entered | StartRefusal {
  if (!draft || isTerminal(draft.run.status)) return refused(CloseCode.Ended, 'call-ended');
  const { streamGeneration, streamInstance } = draft.run;
  const isAnothers = streamInstance !== null && streamInstance !== instance;
  if (isAnothers && streamGeneration !== seen) {
    return refused(CloseCode.AnotherStream, 'another-stream');
  }
  const { streams } = draft;
  if (!draft.timeline.some((event) => event.status === 'answered' && event.source === 'media')) {
    draft.record(
      callEvent({ type: 'status', source: 'media', status: 'answered', dedupeKey: 'media' }),
    );
  }
  const before = streams.lastEnd;
  const gapMs = before && draft.now.getTime() - before.at.getTime();
  const generation = streams.generation + 1;
  draft.record(streamStarted({ generation, streamId }, { instance, gapMs }));
  const { newest } = draft.transfers;
  const failedTransfer =
    newest?.failure && newest.generation === generation - 1
      ? { target: newest.target, reason: newest.failure }
      : null;
  return { kind: 'entered', run: draft.run, gapMs, failedTransfer };
}

/**
 * Enters the end of a stream, and what is to follow.
 * @param apologises whether the caller is told a sentence before the call is hung up
 * @returns whether the stream is the call's newest, so that something follows at the carrier
 */
export function enterEnd(
  draft: RunDraft | null,
  generation: number,
  { summary, sealed, graceMs }: EndEntry,
  apologises: boolean,
): boolean {
  if (!draft) return false;
  const { streams } = draft;
  const { cause, streamId } = summary;
  const newest = streams.generation === generation;
  // What this stream asked for has been written down with its end, or another end was faster.
  if (!streams.isOpen(generation)) return newest && draft.run.hangupReason !== null;
  const isReplaced = cause === 'stop' && streams.isReplaced(generation, draft.now);
  const more = { ...endDetail(summary), ...(isReplaced ? { state: 'moving' } : {}) };
  draft.record(streamEnded({ generation, streamId }, cause, more));
  if (!newest || isTerminal(draft.run.status)) return newest;
  const isTransferred = cause === 'transferred';
  const reason = cause === 'going-away' || isReplaced || isTransferred ? 'moved' : 'lost';
  if (sealed && (isTransferred || draft.run.streamState !== 'over')) {
    draft.handOver({ ...sealed, reason });
  }
  if (cause === 'agent-ended') draft.requestHangup('agent_hangup');
  if (cause === 'agent-failed') draft.requestHangup('agent_failed');
  // Who has it hung up has the carrier asked, if it is not confirmed. One that has taken it has a
  // time of its own, as for a last sentence. A call that is transferred needs no other stream.
  if (cause === 'hung-up' || draft.run.hangupAcceptedAt !== null) return newest;
  if (draft.run.transferState !== null) return newest;
  const isAwaited = draft.run.streamState !== 'over' || apologises;
  checkIn(draft, isAwaited ? graceMs : ASK_SOON_MS);
  return newest;
}

/**
 * Enters that the call is handed over.
 * @returns `newer`: a newer stream has the call; `over`: the call is over, or is to end
 */
export function enterMove(
  draft: RunDraft | null,
  generation: number,
  { summary, sealed, graceMs }: EndEntry,
): 'moved' | 'newer' | 'over' {
  if (!draft || isTerminal(draft.run.status) || draft.run.hangupReason !== null) return 'over';
  const { streams } = draft;
  const { cause, streamId } = summary;
  if (streams.generation !== generation) return 'newer';
  if (streams.isOpen(generation)) {
    draft.record(streamEnded({ generation, streamId }, cause, endDetail(summary)));
  }
  if (draft.run.streamState === 'over') return 'over';
  if (sealed) draft.handOver({ ...sealed, reason: 'moved' });
  checkIn(draft, graceMs);
  return 'moved';
}

function checkIn(draft: RunDraft, ms: number): void {
  draft.change({ checkAt: new Date(draft.now.getTime() + ms) });
}

function endDetail(summary: StreamSummary): Record<string, unknown> {
  return {
    code: summary.code,
    duration_ms: Math.round(summary.durationMs),
    ...qualityDetail(summary),
    ...seriesDetail(summary),
  };
}

import type { TransferFailure } from '../transfers/transfer-events.js';

/**
 * The form of a {@link Handover} that this release writes. Of another form, as beside another
 * release, nothing is taken over: the agent begins anew.
 */
export const HANDOVER_VERSION = 1;

/** The longest `state`, as JSON in UTF-8. */
export const HANDOVER_STATE_MAX_BYTES = 32 * 1024;

/** Why a stream goes on from another: it was moved on purpose, or its process or connection was lost. */
export type ResumeReason = 'moved' | 'lost';

/**
 * What a stream leaves to the one that goes on with the call, perhaps in another process: what the
 * agent knows, and what the caller has not heard. A plain value. State and tail hold what was said
 * on the phone: they are never logged, stored only encrypted, and erased with the call.
 */
export interface Handover {
  /** The agent that it is for, by the name that workflows use. */
  agent: string;
  /** {@link HANDOVER_VERSION} of whoever wrote it. */
  version: number;
  /** What the agent's `snapshot` returned, as JSON; null: the agent begins anew. */
  state: unknown;
  /**
   * μ-law at 8 kHz: what the agent has said and the caller has not heard, at most 10 seconds, after
   * up to 200 ms that were heard, so that no word begins in its middle. Null: all of it was heard.
   */
  tail: Buffer | null;
  /** How many utterances the call has had; the tail is part of the last. */
  utterances: number;
  /** How much the caller has heard of the utterance that the tail is of, in milliseconds; 0 without a tail. */
  heardMs: number;
  /** How much of the tail was not heard yet, in milliseconds; 0 without a tail. */
  tailMs: number;
  /** Whether the caller was in the midst of a turn. Absent: of none that anybody had asked for. */
  turnIsOpen?: boolean;
}

/** What a stream that goes on from an earlier one is told of that. */
export interface Arrival {
  /** What the earlier one left; null: nothing, as after a crash before the first checkpoint. */
  handover: Handover | null;
  reason: ResumeReason;
  /** How long nobody listened to the caller, in milliseconds. */
  gapMs: number;
  /** The transfer that came to nothing in between, so that the caller is back; null or absent: none did. */
  failedTransfer?: FailedTransfer | null;
}

/** What an agent is told of a transfer that came to nothing. */
export interface FailedTransfer {
  /** The name of whom it was to reach; null: the API gave a number. */
  target: string | null;
  reason: TransferFailure;
}

/** The same for a stream that says nothing of it again, and a caller who has talked with others: the agent goes on after what it had said. */
export function withoutTail(handover: Handover): Handover {
  return { ...handover, tail: null, heardMs: 0, tailMs: 0, turnIsOpen: false };
}

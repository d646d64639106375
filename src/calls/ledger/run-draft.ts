import {
  isCarriersWord,
  type CallEventDraft,
  type EndReason,
  type EventOutcome,
  type RecordedEvent,
} from './call-event.js';
import { isKnown, joined, type CallIds } from './call-ids.js';
import {
  idsOf,
  type CallRun,
  type DialledBy,
  type PassedTo,
  type TransferState,
} from './call-run.js';
import { isTerminal, rankOf, type CallStatus } from './call-status.js';
import { runWith } from './run-rows.js';
import { settleCall } from './settle-call.js';
import type { ResumeReason } from '../streams/handover.js';
import type { SealedHandover } from '../streams/handovers.js';
import { generationOf } from '../streams/stream-events.js';
import { StreamHistory } from '../streams/stream-history.js';
import { TransferHistory } from '../transfers/transfer-history.js';

/** Repetitions of one call's events that the timeline keeps; further ones are only counted. */
export const DUPLICATES_KEPT = 100;
/**
 * The carrier knows the longest duration too, and ends the call more cleanly than
 * we do; it gets this much time to do so.
 */
const CARRIER_FIRST_MS = 2_000;
/**
 * The pause, in milliseconds, before a hang-up is repeated that the carrier refused or missed, or
 * whose process died before it had an answer.
 */
export const HANGUP_RETRY_MS = 2_000;

export interface NewToken {
  tokenHash: string;
  providerCallId: string;
  expiresAt: Date;
}

/** A handover that is stored with the end of its stream, or as what is known of it until then. */
export type NewHandover = SealedHandover & { reason: ResumeReason | 'checkpoint' };

/** A run as it was right after its status had changed. */
export interface StatusMove {
  run: CallRun;
  from: CallStatus;
}

/** What the ledger decides by itself after every change. */
export interface LedgerPolicy {
  /** Milliseconds of silence after which the carrier is asked about a live call. */
  silenceMs: number;
  /** Whether recordings are transcribed. Default: no. */
  transcribesRecordings?: boolean;
}

/**
 * When a call must be over by our own clock: its longest duration after we heard
 * that it was answered, plus {@link CARRIER_FIRST_MS}. Null while it is not
 * answered. The carrier's time of the answer plays no part: two clocks that
 * disagree must not end a call.
 */
export function limitOf(run: CallRun, events: readonly RecordedEvent[]): Date | null {
  const heard = events
    .filter(({ status }) => status === 'answered')
    .map(({ receivedAt }) => receivedAt.getTime());
  if (run.answeredAt === null || heard.length === 0) return null;
  return new Date(Math.min(...heard) + run.maxDurationSeconds * 1000 + CARRIER_FIRST_MS);
}

/**
 * One run inside a ledger transaction: the row, its events, and the requested
 * changes. Nothing leaves it before the transaction commits.
 */
export class RunDraft {
  newEvents: RecordedEvent[] = [];
  newTokens: NewToken[] = [];
  /** What the newest stream leaves to the next; null: nothing. */
  newHandover: NewHandover | null = null;
  dirty = false;
  /** The run as it was after each move to another status, oldest first. */
  moves: StatusMove[] = [];
  /** Drops the raw fields of all events so far. */
  dropPayloads = false;
  /** The run goes into the queue of another account. */
  rerouted = false;
  /** Its turn in the queue that it goes into, which the batch takes for it. */
  dialTurn: number | null = null;
  /** Another workflow goes on with the call. */
  passedOn = false;

  /** @param stored the run as the store has it; null: this transaction makes it */
  constructor(
    public run: CallRun,
    private events: readonly RecordedEvent[],
    readonly now: Date,
    private readonly policy: LedgerPolicy,
    readonly stored: CallRun | null = run,
  ) {}

  /** A copy of this state that can be changed without changing this one. */
  copy(): RunDraft {
    const copy = new RunDraft(this.run, this.events, this.now, this.policy, this.stored);
    copy.newEvents = [...this.newEvents];
    copy.newTokens = [...this.newTokens];
    copy.newHandover = this.newHandover;
    copy.dirty = this.dirty;
    copy.dropPayloads = this.dropPayloads;
    copy.rerouted = this.rerouted;
    copy.dialTurn = this.dialTurn;
    copy.passedOn = this.passedOn;
    copy.moves = [...this.moves];
    return copy;
  }

  /** Every event of the run, oldest arrival first, those of this transaction included. */
  get timeline(): readonly RecordedEvent[] {
    return this.events;
  }

  /** The call's streams, as the timeline records them. */
  get streams(): StreamHistory {
    return new StreamHistory(this.events);
  }

  /** The call's transfers to people, as the timeline records them. */
  get transfers(): TransferHistory {
    return new TransferHistory(this.events);
  }

  /** The end of the longest duration by our own clock; see {@link limitOf}. */
  get limit(): Date | null {
    return limitOf(this.run, this.events);
  }

  /** Whether, from this change on, there is something to be done for its transcript: once. */
  get needsTranscript(): boolean {
    return this.mayNeedTranscript(this.run) && !this.mayNeedTranscript(this.stored);
  }

  private mayNeedTranscript(run: CallRun | null): boolean {
    if (!run) return false;
    const { status, transcribed, transcription, recording, answeredAt } = run;
    if (!isTerminal(status)) return false;
    const isHeard = recording && answeredAt !== null;
    const isWanted = this.policy.transcribesRecordings === true && transcription !== false;
    return transcribed || (isHeard && isWanted);
  }

  /** Whether this change completes the transcript. */
  get completesTranscript(): boolean {
    return this.newEvents.some(
      ({ type, detail }) => type === 'transcript' && detail['step'] === 'complete',
    );
  }

  /** True when the run is over only by our own conclusion: the call itself may still be live. */
  get isGivenUp(): boolean {
    const isEnd = (event: RecordedEvent) => event.status !== null && isTerminal(event.status);
    return (
      isTerminal(this.run.status) &&
      !this.events.some((event) => isEnd(event) && isCarriersWord(event))
    );
  }

  /**
   * Appends one event and updates the row accordingly. Before the end of the call, that of a transfer
   * which is under way.
   */
  record(told: CallEventDraft): EventOutcome {
    const conclusion =
      told.status !== null && isTerminal(told.status) && this.run.transferState !== null
        ? this.transfers.conclusion(told.source, this.run.otherIds.transfer ?? null)
        : null;
    if (conclusion) this.append(conclusion);
    return this.append(told);
  }

  private append(told: CallEventDraft): EventOutcome {
    const outcome = this.outcomeOf(told);
    this.dirty = true;
    if (outcome === 'duplicate' && this.duplicatesKept() >= DUPLICATES_KEPT) {
      this.run = runWith(this.run, { duplicatesDropped: this.run.duplicatesDropped + 1 });
      return outcome;
    }
    // Erased data must not come back with a late callback.
    const payload = this.run.erasedAt === null ? told.payload : null;
    const { runId } = this.run;
    // What is added comes first: a field that a copy has beyond the original costs as much as all others.
    const event = { eventId: 0, runId, outcome, receivedAt: this.now, ...told, payload };
    this.newEvents.push(event);
    this.events = [...this.events, event];
    // An event of an older stream changes neither the newest stream nor the call.
    if (!this.isOfOlderStream(told)) this.settle();
    return outcome;
  }

  /**
   * Records the carrier's ids; each stays as it was first reported.
   * @param accountId null where the carrier did not say
   */
  adoptCall(told: CallIds, accountId: string | null): void {
    if (this.run.providerCallId !== null) return;
    const { call, ...otherIds } = joined(idsOf(this.run), told);
    if (call === null && !isKnown({ call, ...otherIds })) return;
    this.change({ providerCallId: call, otherIds, accountId: accountId ?? this.run.accountId });
    this.settle();
  }

  /**
   * Records that we want the call to end, and why; the first reason stays. From then on the run is
   * due in {@link HANGUP_RETRY_MS}, unless whoever asks the carrier says otherwise.
   */
  requestHangup(reason: EndReason): void {
    if (this.run.hangupReason !== null || isTerminal(this.run.status)) return;
    const { checkAt } = this.run;
    const againAt = new Date(this.now.getTime() + HANGUP_RETRY_MS);
    const isSooner = isKnown(idsOf(this.run)) && (checkAt === null || againAt < checkAt);
    this.change({
      hangupReason: reason,
      hangupRequestedAt: this.now,
      ...(isSooner ? { checkAt: againAt } : {}),
    });
  }

  /**
   * Another account dials the call: the run waits in its queue as if it had never been dialled. Only
   * in a change that is made with `CallLedger.requeue`, and only when nothing can be ringing.
   */
  goOnTo(route: DialledBy): void {
    this.rerouted = true;
    this.change({ ...route, dialledAt: null });
  }

  /** Erases what is personal: numbers, context, facts and the carrier's raw fields. The timeline stays. */
  erase(): void {
    this.dropPayloads = true;
    const erased = (event: RecordedEvent): RecordedEvent => ({ ...event, payload: null });
    this.newEvents = this.newEvents.map(erased);
    this.events = this.events.map(erased);
    this.change({ from: '', to: '', routes: null, context: {}, facts: {}, erasedAt: this.now });
  }

  /** Sets plain columns that do not follow from events. */
  change(fields: Partial<CallRun>): void {
    this.run = runWith(this.run, fields);
    this.dirty = true;
  }

  /** A one-use token for a stream of this call, valid when this transaction commits. */
  mintToken(token: NewToken): void {
    this.newTokens.push(token);
    this.dirty = true;
  }

  /** Another workflow of the same user goes on with the call, with its agent and options. */
  passOnTo(workflow: PassedTo): void {
    this.passedOn = true;
    this.change(workflow);
  }

  /** What a stream that ends in this transaction leaves to the next one of the call. */
  handOver(handover: NewHandover): void {
    this.newHandover = handover;
    this.dirty = true;
  }

  private settle(): void {
    const facts = {
      callIdKnown: isKnown(idsOf(this.run)),
      hangupReason: this.run.hangupReason,
      maxDurationSeconds: this.run.maxDurationSeconds,
    };
    const before = this.run.status;
    const { generation, state, instance, isGone } = this.streams;
    const settled = runWith(this.run, settleCall(facts, this.events));
    settled.streamGeneration = generation;
    settled.streamState = state;
    settled.streamInstance = instance;
    settled.transferState = this.transferState();
    this.run = settled;
    settled.checkAt = this.nextCheck(isGone);
    if (this.run.status !== before) this.moves.push({ run: this.run, from: before });
  }

  private transferState(): TransferState | null {
    const { running } = this.transfers;
    if (!running) return null;
    return running.isAnswered ? 'answered' : (this.run.transferState ?? 'asked');
  }

  /**
   * A new event postpones the check for silence, but neither the end of the
   * longest duration nor the check for a hang-up or a lost stream.
   */
  private nextCheck(streamIsGone: boolean): Date | null {
    const { run } = this;
    if (isTerminal(run.status)) return null;
    const times = [new Date(this.now.getTime() + this.policy.silenceMs)];
    const limit = run.hangupReason === null ? this.limit : null;
    if (limit) times.push(limit);
    const awaited = run.hangupReason !== null || streamIsGone;
    if (awaited && run.checkAt) times.push(run.checkAt);
    return times.reduce((earliest, time) => (time < earliest ? time : earliest));
  }

  private outcomeOf(told: CallEventDraft): EventOutcome {
    const { dedupeKey } = told;
    if (dedupeKey !== null && this.events.some((event) => event.dedupeKey === dedupeKey)) {
      return 'duplicate';
    }
    if (isTerminal(this.run.status) || this.isOfOlderStream(told)) return 'late';
    const behind = told.status !== null && rankOf(told.status) < rankOf(this.run.status);
    return behind ? 'late' : 'applied';
  }

  private isOfOlderStream(told: CallEventDraft): boolean {
    const generation = generationOf(told);
    return generation !== null && generation < this.run.streamGeneration;
  }

  private duplicatesKept(): number {
    return this.events.filter((event) => event.outcome === 'duplicate').length;
  }
}

import {
  isCarriersWord,
  type EndReason,
  type EventSource,
  type RecordedEvent,
} from './call-event.js';
import { TransferHistory } from '../transfers/transfer-history.js';
import type { CallRun } from './call-run.js';
import { isTerminal, rankOf, type CallStatus } from './call-status.js';

/** The most trusted source has the lowest number. */
const DISTRUST: Record<EventSource, number> = {
  'status-callback': 0,
  feed: 0,
  reconcile: 1,
  answer: 2,
  media: 3,
  api: 4,
};

/** What is known about the run independently of its events. */
export interface RunFacts {
  /** True once the carrier's id of the call is known. */
  callIdKnown: boolean;
  /** Why we asked the carrier to end the call, if we did. */
  hangupReason: EndReason | null;
  maxDurationSeconds: number;
}

/** The columns of a run that follow from its events. */
export type SettledCall = Pick<
  CallRun,
  'status' | 'answeredAt' | 'endedAt' | 'durationSeconds' | 'endReason' | 'answeredBy' | 'sipCode'
>;

/**
 * A call's final row, as a function of the *set* of its events: their order of
 * arrival and how often each arrived have no influence. The underlying table is
 * in `docs/adr/0004-the-ledger.md`.
 */
export function settleCall(facts: RunFacts, events: readonly RecordedEvent[]): SettledCall {
  const told = events.filter((event) => event.type === 'status' && event.status !== null);
  const answers = told.filter((event) => event.status === 'answered').sort(byClock);
  const weightOf = answers.length > 0 ? weight : weightUnanswered;
  const endings = told
    .filter((event) => isTerminal(statusOf(event)))
    .sort((a, b) => byAuthority(a, b, weightOf));
  const ending = endings[0];

  const answered = answers[0] ? timeOf(answers[0]) : null;
  const answeredBy = machineVerdict(events);
  if (!ending) {
    return {
      status: liveStatus(facts, told),
      answeredAt: answered,
      endedAt: null,
      durationSeconds: null,
      endReason: null,
      answeredBy,
      sipCode: null,
    };
  }

  const status = statusOf(ending);
  const endedAt = timeOf(ending);
  const toldDuration = firstKnown(endings, (event) => event.durationSeconds);
  const answer = answers[0] ? timeBeside(ending, answers[0], aheadBy(told)) : null;
  const answeredAt = answerTime(status, answer, endedAt, toldDuration);
  const durationSeconds = toldDuration ?? (answeredAt ? secondsBetween(answeredAt, endedAt) : 0);
  return {
    status,
    answeredAt,
    endedAt,
    durationSeconds,
    endReason: reasonOf(facts, events, ending, durationSeconds),
    answeredBy,
    sipCode: firstKnown(endings, (event) => event.sipCode),
  };
}

function statusOf(event: RecordedEvent): CallStatus {
  return event.status ?? 'queued';
}

/** The time by the carrier's clock where it reported one, else by ours. */
function timeOf(event: RecordedEvent): Date {
  return event.occurredAt ?? event.receivedAt;
}

function liveStatus(facts: RunFacts, told: readonly RecordedEvent[]): CallStatus {
  let highest: CallStatus = 'queued';
  for (const event of told) {
    if (rankOf(statusOf(event)) > rankOf(highest)) highest = statusOf(event);
  }
  const submissionLost = told.some((event) => event.status === 'submission-unknown');
  // The carrier's id is proof that the dial arrived.
  return highest === 'queued' && submissionLost && !facts.callIdKnown
    ? 'submission-unknown'
    : highest;
}

/** A carrier's report of the end takes precedence over our own conclusion. */
function weight(event: RecordedEvent): number {
  return isCarriersWord(event) ? 0 : 2;
}

/**
 * The same where nothing was answered: a `completed` without an answer yields
 * to an end with a reason. Carriers close with a bare `completed` whatever came
 * before (Vonage sends it after `busy`).
 */
function weightUnanswered(event: RecordedEvent): number {
  const bare = event.status === 'completed' && !event.durationSeconds;
  return isCarriersWord(event) && bare ? 1 : weight(event);
}

/**
 * Among several terminal events the lowest sequence number wins; without one,
 * the greatest weight, then the most trusted source. The rest only makes the
 * order total, so that it never depends on the order of arrival.
 */
function byAuthority(
  a: RecordedEvent,
  b: RecordedEvent,
  weightOf: (event: RecordedEvent) => number,
): number {
  return (
    compare(a.sequence ?? Infinity, b.sequence ?? Infinity) ||
    compare(weightOf(a), weightOf(b)) ||
    compare(distrustOf(a), distrustOf(b)) ||
    compare(a.occurredAt?.getTime() ?? Infinity, b.occurredAt?.getTime() ?? Infinity) ||
    compare(statusOf(a), statusOf(b)) ||
    compare(a.durationSeconds ?? Infinity, b.durationSeconds ?? Infinity) ||
    compare(a.sipCode ?? Infinity, b.sipCode ?? Infinity) ||
    compare(a.endReason ?? '', b.endReason ?? '') ||
    compare(a.receivedAt.getTime(), b.receivedAt.getTime())
  );
}

/** A source that only a later release knows comes after all others. */
function distrustOf({ source }: RecordedEvent): number {
  return (DISTRUST as Partial<Record<string, number>>)[source] ?? Infinity;
}

/** A time reported by the carrier comes before one that we took ourselves; then the earliest. */
function byClock(a: RecordedEvent, b: RecordedEvent): number {
  return (
    compare(a.occurredAt ? 0 : 1, b.occurredAt ? 0 : 1) ||
    compare(timeOf(a).getTime(), timeOf(b).getTime())
  );
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstKnown<T>(
  events: readonly RecordedEvent[],
  pick: (event: RecordedEvent) => T | null,
): T | null {
  for (const event of events) {
    const value = pick(event);
    if (value !== null) return value;
  }
  return null;
}

/**
 * Milliseconds by which our clock is ahead of the carrier's, including the
 * shortest time that a report was under way: the least difference between the
 * reported time and when we received it. 0 where the carrier reported no time.
 */
function aheadBy(told: readonly RecordedEvent[]): number {
  const differences = told.flatMap(({ occurredAt, receivedAt }) =>
    occurredAt ? [receivedAt.getTime() - occurredAt.getTime()] : [],
  );
  return differences.length === 0 ? 0 : Math.min(...differences);
}

interface AnswerTime {
  at: Date;
  /** False for a time that we took ourselves, when the carrier sent a request. */
  told: boolean;
}

/**
 * When the call was answered, by the clock that timed its end: a duration must be
 * measured by one clock.
 */
function timeBeside(ending: RecordedEvent, answer: RecordedEvent, ahead: number): AnswerTime {
  const told = answer.occurredAt !== null;
  const at = timeOf(answer).getTime();
  if (told === (ending.occurredAt !== null)) return { at: new Date(at), told };
  return { at: new Date(told ? at + ahead : at - ahead), told };
}

/**
 * `completed` implies an answer even when no event reported one. A carrier's
 * request that arrives after the end proves an answer but not its time; for a
 * call that was never connected it proves nothing.
 */
function answerTime(
  status: CallStatus,
  answer: AnswerTime | null,
  endedAt: Date,
  duration: number | null,
): Date | null {
  if (answer && answer.at <= endedAt) return answer.at;
  // An answer is never later than the end, even where clocks disagree.
  if (answer?.told) return endedAt;
  if (status !== 'completed') return null;
  if (duration !== null) return new Date(endedAt.getTime() - duration * 1000);
  return answer ? endedAt : null;
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000));
}

function reasonOf(
  facts: RunFacts,
  events: readonly RecordedEvent[],
  ending: RecordedEvent,
  duration: number,
): EndReason {
  if (ending.status === 'busy') return 'busy';
  if (ending.status === 'no-answer') return 'no_answer';
  if (ending.status === 'canceled') return ending.endReason ?? 'canceled';
  if (ending.status === 'failed') return ending.endReason ?? 'failed';
  // A completed call ended for our own reason if we asked for the end, else for the event's reason,
  // else at its longest duration, else because the caller or the person with whom they spoke hung up.
  if (facts.hangupReason) return facts.hangupReason;
  if (ending.endReason) return ending.endReason;
  if (duration >= facts.maxDurationSeconds) return 'max_duration';
  return new TransferHistory(events).isTransferred ? 'transferred' : 'caller_hangup';
}

/**
 * The result of machine detection; a definite answer comes before `unknown`, a
 * later stage before an earlier one.
 */
function machineVerdict(events: readonly RecordedEvent[]): string | null {
  const verdicts = new Set(
    events.map((event) => event.answeredBy).filter((verdict) => verdict !== null),
  );
  const stages = [...verdicts].sort((a, b) => compare(certainty(b), certainty(a)) || compare(a, b));
  return stages[0] ?? null;
}

function certainty(verdict: string): number {
  if (verdict === 'unknown') return 0;
  return verdict.startsWith('machine_end') ? 2 : 1;
}

import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';
import { statusWords, type StatusWords } from './statuses.js';

/** Why a call ended, for people. */
export interface EndWords {
  /** A few words, for lists. */
  short: string;
  /** A whole sentence or two. */
  sentence: string;
  /** How the call is shown if its status alone would hide what went wrong. */
  badge?: StatusWords;
  /** The doctor's check that explains it, if something went wrong. */
  doctor: ExplainingCheck | null;
}

export interface ExplainingCheck {
  /** The check's name, as in the doctor's own list and in the guide. */
  check: string;
  text: string;
}

const CARRIER = { check: 'carrier-credentials', text: m.endReasons.checkTheCarrierAccount };
const ALERTS = { check: 'carrier-alerts', text: m.endReasons.seeTheCarriersAlerts };
const STREAM = { check: 'websocket-idle', text: m.endReasons.checkThePathOfThe };
const CALLBACKS = { check: 'recent-callbacks', text: m.endReasons.checkWhetherCallbacksArrive };

const REASONS: Record<string, EndWords> = {
  caller_hangup: {
    short: m.endReasons.otherSideHungUp,
    sentence: m.endReasons.theOtherSideHungUp,
    doctor: null,
  },
  api_hangup: {
    short: m.endReasons.hungUpByYou,
    sentence: m.endReasons.itWasHungUpThrough,
    doctor: null,
  },
  agent_hangup: {
    short: m.endReasons.agentHungUp,
    sentence: m.endReasons.theAgentHadFinishedAnd,
    doctor: null,
  },
  agent_failed: {
    short: m.endReasons.agentFailed,
    badge: { text: m.endReasons.agentFailed, tone: 'bad', shape: '✕' },
    sentence: m.endReasons.theAgentFailedSoThe,
    doctor: null,
  },
  busy: { short: m.common.busy, sentence: m.endReasons.theLineWasBusy, doctor: null },
  no_answer: {
    short: m.endReasons.notAnswered,
    sentence: m.endReasons.itRangAndNobodyAnswered,
    doctor: null,
  },
  failed: {
    short: m.endReasons.couldNotBeConnected,
    sentence: m.endReasons.theCarrierCouldNotConnect,
    doctor: ALERTS,
  },
  canceled: {
    short: m.endReasons.cancelled,
    sentence: m.endReasons.itWasCancelledBeforeAnybody,
    doctor: null,
  },
  queue_timeout: {
    short: m.endReasons.waitedTooLongToBe,
    badge: { text: m.endReasons.neverDialled, tone: 'bad', shape: '✕' },
    sentence: m.endReasons.itWaitedAMinuteIn,
    doctor: null,
  },
  provider_rejected: {
    short: m.endReasons.refusedByTheCarrier,
    badge: { text: m.endReasons.refused, tone: 'bad', shape: '✕' },
    sentence: m.endReasons.theCarrierRefusedToDial,
    doctor: CARRIER,
  },
  max_duration: {
    short: m.endReasons.longestDurationReached,
    badge: { text: m.endReasons.cutOff, tone: 'waiting', shape: '▲' },
    sentence: m.endReasons.theCallReachedItsLongest,
    doctor: null,
  },
  transferred: {
    short: m.endReasons.transferred,
    sentence: m.endReasons.theCallerWasConnectedWith,
    doctor: null,
  },
  stream_lost: {
    short: m.endReasons.audioLost,
    badge: { text: m.endReasons.audioLost, tone: 'bad', shape: '✕' },
    sentence: m.endReasons.theMediaStreamWasLost,
    doctor: STREAM,
  },
  unknown: {
    short: m.endReasons.unknown,
    badge: { text: m.endReasons.endUnknown, tone: 'waiting', shape: '?' },
    sentence: m.endReasons.itIsNotKnownWhy,
    doctor: CALLBACKS,
  },
};

export function endWords(reason: string): EndWords {
  return (
    REASONS[reason] ?? {
      short: reason,
      sentence: fill(m.endReasons.itEnded, { reason }),
      doctor: null,
    }
  );
}

/** How a call is drawn: by its status, and once it is over by how it ended. */
export function outcomeWords(call: { status: string; end_reason: string | null }): StatusWords {
  return (
    (call.end_reason === null ? null : endWords(call.end_reason).badge) ?? statusWords(call.status)
  );
}

/** Every reason with its words, for a list of choices. */
export const END_CHOICES: ReadonlyArray<[reason: string, short: string]> = Object.entries(
  REASONS,
).map(([reason, { short }]) => [reason, short]);

/** The reasons that a person should look at, as one choice. */
export const WENT_WRONG = Object.entries(REASONS)
  .filter(([reason, { badge }]) => badge !== undefined || reason === 'failed')
  .map(([reason]) => reason)
  .join(',');

const SIP: Record<number, string> = {
  404: m.endReasons.numberNotFound,
  408: m.endReasons.requestTimedOut,
  480: m.endReasons.temporarilyUnavailable,
  486: m.common.busy,
  487: m.endReasons.cancelledBeforeTheAnswer,
  603: m.endReasons.declined,
};

/** The carrier's SIP code in words, or only the code if it is a rare one. */
export function sipText(code: number): string {
  return SIP[code] ? `${code} (${SIP[code]})` : String(code);
}

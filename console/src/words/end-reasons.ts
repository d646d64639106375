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

const CARRIER = { check: 'carrier-credentials', text: 'Check the carrier account' };
const ALERTS = { check: 'carrier-alerts', text: 'See the carrier’s alerts' };
const STREAM = { check: 'websocket-idle', text: 'Check the path of the media stream' };
const CALLBACKS = { check: 'recent-callbacks', text: 'Check whether callbacks arrive' };

const REASONS: Record<string, EndWords> = {
  caller_hangup: {
    short: 'other side hung up',
    sentence: 'The other side hung up.',
    doctor: null,
  },
  api_hangup: {
    short: 'hung up by you',
    sentence: 'It was hung up through the API or from this console.',
    doctor: null,
  },
  agent_hangup: {
    short: 'agent hung up',
    sentence: 'The agent had finished and hung up.',
    doctor: null,
  },
  agent_failed: {
    short: 'agent failed',
    badge: { text: 'agent failed', tone: 'bad', shape: '✕' },
    sentence: 'The agent failed, so the call was hung up. The log has the details.',
    doctor: null,
  },
  busy: { short: 'busy', sentence: 'The line was busy.', doctor: null },
  no_answer: {
    short: 'not answered',
    sentence: 'It rang and nobody answered in time.',
    doctor: null,
  },
  failed: {
    short: 'could not be connected',
    sentence:
      'The carrier could not connect the call: the number may not exist, or the network refused it.',
    doctor: ALERTS,
  },
  canceled: {
    short: 'cancelled',
    sentence: 'It was cancelled before anybody answered.',
    doctor: null,
  },
  queue_timeout: {
    short: 'waited too long to be dialled',
    badge: { text: 'never dialled', tone: 'bad', shape: '✕' },
    sentence:
      'It waited a minute in the queue and was never dialled. More calls are placed than TWILIO_CALLS_PER_SECOND lets through.',
    doctor: null,
  },
  provider_rejected: {
    short: 'refused by the carrier',
    badge: { text: 'refused', tone: 'bad', shape: '✕' },
    sentence: 'The carrier refused to dial.',
    doctor: CARRIER,
  },
  max_duration: {
    short: 'longest duration reached',
    badge: { text: 'cut off', tone: 'waiting', shape: '▲' },
    sentence: 'The call reached its longest permitted duration and was ended.',
    doctor: null,
  },
  transferred: {
    short: 'transferred',
    sentence: 'The caller was connected with a person, and that conversation is over.',
    doctor: null,
  },
  stream_lost: {
    short: 'audio lost',
    badge: { text: 'audio lost', tone: 'bad', shape: '✕' },
    sentence:
      'The media stream was lost and did not come back in time, so the call was hung up. Something between the carrier and here cuts connections.',
    doctor: STREAM,
  },
  unknown: {
    short: 'unknown',
    badge: { text: 'end unknown', tone: 'waiting', shape: '?' },
    sentence:
      'It is not known why the call ended. The carrier’s callbacks may not arrive, so the carrier was asked.',
    doctor: CALLBACKS,
  },
};

export function endWords(reason: string): EndWords {
  return REASONS[reason] ?? { short: reason, sentence: `It ended: ${reason}.`, doctor: null };
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
  404: 'number not found',
  408: 'request timed out',
  480: 'temporarily unavailable',
  486: 'busy',
  487: 'cancelled before the answer',
  603: 'declined',
};

/** The carrier's SIP code in words, or only the code if it is a rare one. */
export function sipText(code: number): string {
  return SIP[code] ? `${code} (${SIP[code]})` : String(code);
}

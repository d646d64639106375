/** `CallStatus` of webhooks (Twilio docs, Call resource). */
export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export type FinalStatus = 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled';

/** The REST API's `status` has no `initiated`: a call is `queued` until it rings. */
export type RestStatus = Exclude<CallStatus, 'initiated'>;

/** What `StatusCallbackEvent` may name; `answered` is reported as `in-progress`. */
export const CALLBACK_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallbackEvent = (typeof CALLBACK_EVENTS)[number];

export function callbackEventOf(status: CallStatus): CallbackEvent {
  if (status === 'initiated' || status === 'ringing') return status;
  return status === 'in-progress' ? 'answered' : 'completed';
}

const FINAL = new Set<CallStatus>(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

export function isFinal(status: CallStatus): status is FinalStatus {
  return FINAL.has(status);
}

export function restStatus(status: CallStatus): RestStatus {
  return status === 'initiated' ? 'queued' : status;
}

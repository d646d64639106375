/** Every carrier-facing route begins with this. */
export const TELEPHONY_PREFIX = '/api/v1/telephony';
export const ANSWER_PATH = `${TELEPHONY_PREFIX}/twiml`;
export const STATUS_CALLBACK_PATH = `${TELEPHONY_PREFIX}/status-callback`;
export const STREAM_PATH = `${TELEPHONY_PREFIX}/ws`;

/**
 * Twilio's connection overrides: without them it asks once and retries failed
 * connections only, so a 503 of ours would end the call. The fragment never
 * reaches the server and is not signed.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export const RETRY_OVERRIDES = '#rc=3&rp=5xx,ct,rt';

/** The ids that a run's URLs carry. */
export interface CallIds {
  workflowId: number;
  userId: number;
  runId: number;
}

// `origin` is the public origin as `PublicOrigin` gives it: path prefix
// included, no trailing slash.

/** Asked for instructions when an outbound call is answered. */
export function answerUrl(origin: string, ids: CallIds): string {
  const query = new URLSearchParams({
    workflow_id: String(ids.workflowId),
    user_id: String(ids.userId),
    workflow_run_id: String(ids.runId),
  });
  return `${origin}${ANSWER_PATH}?${query.toString()}${RETRY_OVERRIDES}`;
}

/** Asked when the run's media stream is over: the answer URL again, so that one place decides what follows. */
export function actionUrl(origin: string, ids: CallIds): string {
  return answerUrl(origin, ids);
}

/** Told of the run's lifecycle. */
export function statusCallbackUrl(origin: string, runId: number): string {
  return `${origin}${STATUS_CALLBACK_PATH}/${runId}${RETRY_OVERRIDES}`;
}

/** The run's media stream. Never with a query: carriers strip it. */
export function streamUrl(origin: string, ids: CallIds): string {
  return `${toWss(origin)}${STREAM_PATH}/${ids.workflowId}/${ids.userId}/${ids.runId}`;
}

/** Configured at the carrier for a number: asked when it is called. */
export function inboundAnswerUrl(origin: string): string {
  return `${origin}${ANSWER_PATH}${RETRY_OVERRIDES}`;
}

/** Configured at the carrier for a number, whose callbacks cannot carry a run id. */
export function numberStatusCallbackUrl(origin: string): string {
  return `${origin}${STATUS_CALLBACK_PATH}${RETRY_OVERRIDES}`;
}

/** `https://host/prefix` as `wss://host/prefix`. */
export function toWss(origin: string): string {
  return origin.replace(/^https:/i, 'wss:');
}

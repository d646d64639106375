import { TRANSFER_FIELD } from '../calls/transfers/transfer-events.js';

/** Every carrier-facing route begins with this. */
export const TELEPHONY_PREFIX = '/api/v1/telephony';
/** The paths without an account's key; they are the first Twilio account's for good. */
export const ANSWER_PATH = `${TELEPHONY_PREFIX}/twiml`;
export const STATUS_CALLBACK_PATH = `${TELEPHONY_PREFIX}/status-callback`;
/** Below it each account has its own, by its key. */
export const ACCOUNTS_PATH = `${TELEPHONY_PREFIX}/accounts`;
export const STREAM_PATH = `${TELEPHONY_PREFIX}/ws`;

/** The ids that a run's URLs carry. */
export interface RunIds {
  workflowId: number;
  userId: number;
  runId: number;
}

/** Whose addresses they are, and under which public origin. */
export interface Addressee {
  /** As `PublicOrigin` gives it: path prefix included, no trailing slash. */
  origin: string;
  /** The account's key; null for the account that has the paths without one. */
  key: string | null;
}

// No URL has a fragment: what a carrier wants in it, its adapter adds.

/** Asked for instructions about a run's call; without ids, about calls to a number of ours. */
export function answerUrl({ origin, key }: Addressee, ids: RunIds | null): string {
  const path = key === null ? ANSWER_PATH : `${ACCOUNTS_PATH}/${key}/answer`;
  if (ids === null) return origin + path;
  const query = new URLSearchParams({
    workflow_id: String(ids.workflowId),
    user_id: String(ids.userId),
    workflow_run_id: String(ids.runId),
  });
  return `${origin}${path}?${query.toString()}`;
}

/** Asked when the run's media stream is over: the answer URL again, so that one place decides what follows. */
export function actionUrl(addressee: Addressee, ids: RunIds): string {
  return answerUrl(addressee, ids);
}

/** Asked about a transfer of a run's call: what the person is to hear, and what follows it. */
export function transferUrl(addressee: Addressee, ids: RunIds, transfer: number): string {
  return `${answerUrl(addressee, ids)}&${TRANSFER_FIELD}=${transfer}`;
}

/** Told of the person's side of a transfer. */
export function transferEventsUrl(addressee: Addressee, runId: number, transfer: number): string {
  return `${eventsUrl(addressee, runId)}?${TRANSFER_FIELD}=${transfer}`;
}

/** Told of a run's life; without a run, of calls that only the carrier's own id names. */
export function eventsUrl({ origin, key }: Addressee, runId: number | null): string {
  const path = key === null ? STATUS_CALLBACK_PATH : `${ACCOUNTS_PATH}/${key}/events`;
  return runId === null ? origin + path : `${origin}${path}/${runId}`;
}

/**
 * The run's media stream. Never with a query: carriers strip it.
 * @param token the path's last segment, for carriers that can hand it on in no other way; null: none
 */
export function streamUrl(origin: string, ids: RunIds, token: string | null = null): string {
  const url = `${toWss(origin)}${STREAM_PATH}/${ids.workflowId}/${ids.userId}/${ids.runId}`;
  return token === null ? url : `${url}/${token}`;
}

/** `https://host/prefix` as `wss://host/prefix`. */
export function toWss(origin: string): string {
  return origin.replace(/^https:/i, 'wss:');
}

import type { RefusedSurface } from '../../calls/refusals.js';
import {
  ACCOUNTS_PATH,
  ANSWER_PATH,
  STATUS_CALLBACK_PATH,
  STREAM_PATH,
} from '../../urls/call-urls.js';

/** A path that belongs to carriers. */
export interface CarrierPath {
  surface: RefusedSurface;
  /**
   * The account that owns the path: its key; null for the account that has the paths without one;
   * undefined: no account.
   */
  account: string | null | undefined;
  /** The purpose, as in `WebhookIngress.routes`; null when there is no such page. */
  purpose: string | null;
  /** The next segment as received, which holds a run's id; null when there is none. */
  runId: string | null;
}

/** Any case, with an optional slash at the end, as in the controller. */
const ONE_MORE = String.raw`(?:/([^/]+))?/?$`;
const ANSWER = new RegExp(`^${ANSWER_PATH}/?$`, 'i');
const STATUS_CALLBACK = new RegExp(`^${STATUS_CALLBACK_PATH}${ONE_MORE}`, 'i');
const ACCOUNT = new RegExp(`^${ACCOUNTS_PATH}/([^/]+)/([^/]+)${ONE_MORE}`, 'i');

/**
 * The meaning of a path for carriers; null when it is not theirs. Everything below the paths of the
 * webhooks and of the stream is theirs, whether or not a route takes it.
 */
export function carrierPath(path: string): CarrierPath | null {
  if (isUnder(path, ANSWER_PATH)) {
    const purpose = ANSWER.test(path) ? 'answer' : null;
    return { surface: 'answer', account: null, purpose, runId: null };
  }
  if (isUnder(path, STATUS_CALLBACK_PATH)) {
    const match = STATUS_CALLBACK.exec(path);
    const purpose = match ? 'events' : null;
    return { surface: 'status-callback', account: null, purpose, runId: match?.[1] ?? null };
  }
  if (isUnder(path, ACCOUNTS_PATH)) return accountPath(path);
  if (!isUnder(path, STREAM_PATH)) return null;
  // Upgrades do not reach this code.
  return { surface: 'media-stream', account: undefined, purpose: null, runId: null };
}

function accountPath(path: string): CarrierPath {
  const [
    ,
    account = path.slice(ACCOUNTS_PATH.length + 1).split('/', 1)[0],
    purpose = null,
    runId = null,
  ] = ACCOUNT.exec(path) ?? [];
  const surface = purpose?.toLowerCase() === 'answer' ? 'answer' : 'status-callback';
  // No answer URL has a further segment.
  if (surface === 'answer' && runId !== null)
    return { surface, account, purpose: null, runId: null };
  return { surface, account, purpose: purpose?.toLowerCase() ?? null, runId };
}

function isUnder(path: string, root: string): boolean {
  const given = path.slice(0, root.length + 1).toLowerCase();
  return given === root || given === `${root}/`;
}

/** Whether every escape of the path can be decoded: Express rejects a path with one that cannot. */
export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

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
  /** Whose it is: an account's key; null for the account that has the paths without one; undefined: nobody's. */
  account: string | null | undefined;
  /** What it is for, as `WebhookIngress.routes` has it; null where there is no such page. */
  purpose: string | null;
  /** The segment behind it, as it came, where a run's id is; null where there is none. */
  runId: string | null;
}

/** Any case, a slash at the end allowed, as the controller has them. */
const ONE_MORE = String.raw`(?:/([^/]+))?/?$`;
const ANSWER = new RegExp(`^${ANSWER_PATH}/?$`, 'i');
const STATUS_CALLBACK = new RegExp(`^${STATUS_CALLBACK_PATH}${ONE_MORE}`, 'i');
const ACCOUNT = new RegExp(`^${ACCOUNTS_PATH}/([^/]+)/([^/]+)${ONE_MORE}`, 'i');

/**
 * What a path is to carriers; null for all that is not theirs. All below the
 * paths of the webhooks and of the stream is, whether or not a route takes it.
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
  // Upgrades do not come this way.
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
  // No answer URL has anything behind it.
  if (surface === 'answer' && runId !== null)
    return { surface, account, purpose: null, runId: null };
  return { surface, account, purpose: purpose?.toLowerCase() ?? null, runId };
}

function isUnder(path: string, root: string): boolean {
  const given = path.slice(0, root.length + 1).toLowerCase();
  return given === root || given === `${root}/`;
}

/** Whether every escape of the path can be read: Express gives up on one that cannot. */
export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

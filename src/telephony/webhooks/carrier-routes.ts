import type { RefusedSurface } from '../../calls/refusals.js';
import { ANSWER_PATH, STATUS_CALLBACK_PATH, STREAM_PATH } from '../../urls/call-urls.js';

/** A path that belongs to carriers. */
export interface CarrierPath {
  surface: RefusedSurface;
  /** What may be asked there; empty where there is no such page. */
  methods: readonly string[];
  /** The path segment behind a status callback's own path, as it came; null where there is none. */
  runId: string | null;
}

/** The carriers' own paths, as the controller has them: any case, a slash at the end allowed. */
const SEGMENT = String.raw`(?:/([^/]+))?/?$`;
const ANSWER = new RegExp(`^${ANSWER_PATH}/?$`, 'i');
const STATUS_CALLBACK = new RegExp(`^${STATUS_CALLBACK_PATH}${SEGMENT}`, 'i');

/**
 * What a path is to carriers; null for all that is not theirs. All below the
 * paths of the webhooks and of the stream is, whether or not a route takes it.
 */
export function carrierPath(path: string): CarrierPath | null {
  if (isUnder(path, ANSWER_PATH)) {
    const methods = ANSWER.test(path) ? ['GET', 'HEAD', 'POST'] : [];
    return { surface: 'answer', methods, runId: null };
  }
  if (isUnder(path, STATUS_CALLBACK_PATH)) {
    const match = STATUS_CALLBACK.exec(path);
    const methods = match ? ['POST'] : [];
    return { surface: 'status-callback', methods, runId: match?.[1] ?? null };
  }
  // Upgrades do not come this way.
  return isUnder(path, STREAM_PATH) ? { surface: 'media-stream', methods: [], runId: null } : null;
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

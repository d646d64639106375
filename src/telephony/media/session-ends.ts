import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { CloseCode } from './close-codes.js';

const CLOSE_CODES: Record<SessionEnd, CloseCode | null> = {
  stop: CloseCode.Ended,
  lost: CloseCode.Silent,
  'going-away': CloseCode.Moved,
  'taken-over': CloseCode.AnotherStream,
  // Hung up by REST; the carrier closes, unless its dialect says that we do.
  'agent-ended': null,
  'agent-failed': CloseCode.AgentFailed,
  'hung-up': null,
  transferred: null,
  protocol: CloseCode.ProtocolError,
  'call-ended': CloseCode.Ended,
};

/** After these another stream may go on with the call, and is left what the agent knew. */
const GOES_ON_AFTER: ReadonlySet<SessionEnd> = new Set([
  'lost',
  'going-away',
  'taken-over',
  'protocol',
  'transferred',
]);

/** How long a carrier may take to replace a stream that it was told to replace, in milliseconds. */
const REPLACED_WITHIN_MS = 10_000;

/**
 * How the socket is closed after such an end; null: the carrier closes it.
 * @param closes which side does so after we have hung up, or have the call transferred
 */
export function closeCodeAfter(cause: SessionEnd, closes: 'carrier' | 'us'): CloseCode | null {
  const isOurs = closes === 'us' && (isHangup(cause) || cause === 'transferred');
  return isOurs ? CloseCode.Ended : CLOSE_CODES[cause];
}

/**
 * Whether another stream may go on with the call. Also after a `stop` that comes early in a stream
 * that is not the call's first: another may be on its way, for which the carrier was told before it
 * had asked for this one by itself.
 */
export function goesOnAfter(cause: SessionEnd, generation: number, livedMs: number): boolean {
  if (cause !== 'stop') return GOES_ON_AFTER.has(cause);
  return generation > 1 && livedMs < REPLACED_WITHIN_MS;
}

/** Whether it is we who end the call. */
export function isHangup(cause: SessionEnd): boolean {
  return cause === 'agent-ended' || cause === 'hung-up';
}

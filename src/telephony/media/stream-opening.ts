import type { LiveSession, LiveSessions, SessionEnd } from '../../calls/streams/live-sessions.js';
import type { StartMessage, StreamMessage } from '../../providers/media-dialect.js';
import { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import type { StartRefusal } from './start-refusal.js';
import type { Begun, StreamLedger } from './stream-ledger.js';
import type { Dropped } from './stream-start.js';

/** Read and heard after `start`, in order. */
export type Frame = Extract<StreamMessage, { kind: 'audio' | 'dtmf' | 'stop' }>;

export interface KeptFrame {
  frame: Frame;
  arrivedAt: number;
}

/** What came while the token was redeemed and the agent answered, to be heard afterwards. */
export class KeptFrames {
  private frames: KeptFrame[] = [];

  /** False: there is no more room. */
  keep(frame: Frame, arrivedAt: number): boolean {
    if (this.frames.length >= MEDIA_LIMITS.keptFrames) return false;
    this.frames.push({ frame, arrivedAt });
    return true;
  }

  take(): KeptFrame[] {
    const { frames } = this;
    this.frames = [];
    return frames;
  }
}

export type Opening =
  /** The ledger knows of the stream. `startedAt` is of the process's monotonic clock. */
  (Begun & { startedAt: number }) | StartRefusal | Dropped;

export interface OpeningParts {
  session: LiveSession;
  start: StartMessage;
  /** Whether the token came with the path, and is redeemed. */
  tokenSpent: boolean;
  ledger: StreamLedger;
  sessions: LiveSessions;
  /** What has ended the session by now; null while it lives. */
  endedBy: () => SessionEnd | null;
}

/**
 * From `start` to the ledger's word that the stream has begun: whether it may be
 * a stream at all, and whether it takes the call over from an older one.
 * @throws StoreUnavailableError
 */
export async function openStream(parts: OpeningParts): Promise<Opening> {
  const { session, sessions, start, ledger, tokenSpent } = parts;
  const { runId, streamId } = session;
  const startedAt = performance.now();
  const opened = await ledger.open({
    runId,
    streamId,
    message: start,
    tokenSpent,
    hasOlder: () => olderThan(session, sessions) !== null,
    take: () => takeCall(parts),
  });
  if (opened.kind === 'older') return takeOver(parts);
  return opened.kind === 'begun' ? { ...opened, startedAt } : opened;
}

/** The older stream is asked between the token and the beginning, so these are commits of their own. */
async function takeOver(parts: OpeningParts): Promise<Opening> {
  const { session, start, ledger } = parts;
  const claim = await ledger.claim(session.runId, start, parts.tokenSpent);
  if (claim.kind === 'refused') return claim;
  const obstacle = takeCall(parts);
  if (obstacle) return obstacle;
  const startedAt = performance.now();
  const begun = await ledger.begin(session.runId, session.streamId, claim);
  return begun.kind === 'begun' ? { ...begun, startedAt } : begun;
}

/**
 * Makes this the call's one stream, in one step with the look at the others,
 * so that of two that come at once one is refused. Null: it is.
 */
function takeCall({ session, sessions, endedBy }: OpeningParts): StartRefusal | Dropped | null {
  const older = olderThan(session, sessions);
  if (older && performance.now() - older.lastAudioAt < MEDIA_LIMITS.livelyMs) {
    return { kind: 'refused', code: CloseCode.AnotherStream, reason: 'possible-replay' };
  }
  const cause = endedBy();
  if (cause !== null) {
    // Refused while its token was redeemed: nothing of the call changes. Lost: it was a stream, and is over.
    return cause !== 'protocol' && older === null ? null : { kind: 'dropped' };
  }
  older?.end('taken-over');
  sessions.add(session);
  return null;
}

function olderThan(session: LiveSession, sessions: LiveSessions): LiveSession | null {
  const found = sessions.find(session.runId);
  return found === session ? null : found;
}

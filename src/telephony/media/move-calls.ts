import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { ClusterSettings } from '../../config/settings.js';
import type { Capabilities } from '../../providers/capabilities.js';
import { Log } from '../../shared/logger.js';
import type { MediaSession } from './media-session.js';
import { MovePace } from './move-pace.js';
import { PushStream } from './push-stream.js';

/** How often it is looked for pauses. A pause is 300 ms long. */
const POLL_MS = 50;
const TELL_EVERY_MS = 2_000;
/** Beyond the patience that each call has; for what comes in meanwhile, and for a store that is away. */
const LONGEST_MS = 60_000;

/** Hands calls over to other instances, one after another, each at a pause of its conversation. */
@Injectable()
export class MoveCalls {
  constructor(
    private readonly cluster: Cluster,
    private readonly pace: MovePace,
    private readonly push: PushStream,
    private readonly settings: ClusterSettings,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when none is left that could be moved, when nobody could take one, or when it takes
   * too long.
   *
   * @param live what is live here now; streams that begin meanwhile are moved too
   * @param tell told every two seconds how many were moved and how many are left
   * @returns how many were moved
   */
  async moveAll(
    live: () => MediaSession[],
    tell: (moved: number, left: number) => void,
  ): Promise<number> {
    const patienceMs = this.settings.movePatienceSeconds * 1000;
    const giveUpAt = performance.now() + patienceMs + LONGEST_MS;
    const since = new Map<MediaSession, number>();
    const leaving: Array<Promise<void>> = [];
    let toldAt = Number.NEGATIVE_INFINITY;
    while (this.cluster.hasReadyOther && performance.now() < giveUpAt) {
      const sessions = live().filter(({ account }) => canGoOn(account.capabilities));
      if (sessions.length === 0) break;
      for (const session of sessions) {
        if (since.has(session)) continue;
        since.set(session, performance.now());
        session.watchForPause();
      }
      const next = sessions.find((session) => {
        const now = performance.now();
        const waitedMs = now - (since.get(session) ?? now);
        return session.isAtPause(now) || waitedMs >= patienceMs;
      });
      if (next && (await this.isOurTurn())) leaving.push(this.move(next));
      else await sleep(POLL_MS);
      if (performance.now() - toldAt >= TELL_EVERY_MS) {
        toldAt = performance.now();
        tell(leaving.length, live().length);
      }
    }
    await Promise.all(leaving);
    return leaving.length;
  }

  /** False: the store is away, and a call that is given up now could not go on elsewhere. */
  private async isOurTurn(): Promise<boolean> {
    try {
      await sleep(await this.pace.next());
      return !this.cluster.fenced;
    } catch (error) {
      this.log.warn('move.store_away', { error });
      return false;
    }
  }

  /** The session is no longer live when this returns; the promise is about what follows. */
  private async move(session: MediaSession): Promise<void> {
    const isAsked = session.account.capabilities.resumes === 'asked';
    await session.leave(isAsked);
    if (!isAsked) await this.push.push(session.runId, session.generation);
  }
}

function canGoOn({ resumes, redirects }: Capabilities): boolean {
  return resumes === 'asked' || redirects;
}

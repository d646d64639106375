import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { ClusterSettings } from '../../config/settings.js';
import type { Capabilities } from '../../providers/capabilities.js';
import { Log } from '../../shared/logger.js';
import type { MediaSession } from './media-session.js';
import { MovePace } from './move-pace.js';
import { canBeTold } from './push-stream.js';

/** How often it is looked for pauses. A pause is 300 ms long. */
const POLL_MS = 50;
const TELL_EVERY_MS = 2_000;
/** How soon it is tried again to move a call that could not be moved. */
const AGAIN_MS = 1_000;
/** Beyond the patience that each call has; for what comes in meanwhile, and for a store that is away. */
const LONGEST_MS = 60_000;

/** Hands calls over to other instances, one after another, each at a pause of its conversation. */
@Injectable()
export class MoveCalls {
  constructor(
    private readonly cluster: Cluster,
    private readonly pace: MovePace,
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
    const leaving = new Map<MediaSession, Promise<void>>();
    let moved = 0;
    let toldAt = Number.NEGATIVE_INFINITY;
    while (this.cluster.hasReadyOther && performance.now() < giveUpAt) {
      const sessions = live().filter(({ account }) => canGoOn(account.capabilities));
      if (sessions.length === 0) break;
      for (const session of sessions) {
        if (since.has(session)) continue;
        since.set(session, performance.now());
        session.watchForPause();
      }
      const due = sessions.find((session) => {
        if (leaving.has(session)) return false;
        const now = performance.now();
        const waitedMs = now - (since.get(session) ?? now);
        return session.isAtPause(now) || waitedMs >= patienceMs;
      });
      if (due && (await this.isOurTurn())) {
        const move = this.move(due).then((isMoved) => {
          if (isMoved) moved += 1;
          leaving.delete(due);
        });
        leaving.set(due, move);
      } else await sleep(POLL_MS);
      if (performance.now() - toldAt >= TELL_EVERY_MS) {
        toldAt = performance.now();
        tell(moved, live().length);
      }
    }
    await Promise.all(leaving.values());
    return moved;
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

  /**
   * False: the call stays, for now. Where the carrier does not ask, it is told as soon as this is
   * written down; see `PushAtOnce`.
   */
  private async move(session: MediaSession): Promise<boolean> {
    // A carrier that takes other instructions closes the stream by itself.
    const isMoved = await session.leave(session.account.capabilities.resumes !== 'no');
    if (!isMoved) await sleep(AGAIN_MS);
    return isMoved;
  }
}

function canGoOn(capabilities: Capabilities): boolean {
  return capabilities.resumes === 'asked' || canBeTold(capabilities);
}

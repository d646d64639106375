import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../providers/carrier-account.js';

/** A feed that has been lost for so many milliseconds is not expected back at once. */
const LOST_MS = 2_000;

/**
 * The accounts whose feed this instance reads, and whose calls have been compared with the ledger
 * since it is connected. Only these are dialled from here: the events of any other would be lost.
 * Until an instance reads the feed of an account, its dials wait in the queue; those with another
 * route leave it when the instance that should read the feed has been without it for a while.
 */
@Injectable()
export class SyncedFeeds {
  private readonly synced = new Set<string>();
  /** When this instance was last connected, or began to read, on `performance.now`. */
  private readonly lostAt = new Map<string, number>();

  /** True for every account that has no feed. */
  mayDial({ key, ingress }: Pick<CarrierAccount, 'key' | 'ingress'>): boolean {
    return ingress.transport !== 'feed' || this.synced.has(key);
  }

  /** Whether this instance should read the account's feed, and has not been able to for {@link LOST_MS}. */
  isLost({ key }: Pick<CarrierAccount, 'key'>, now = performance.now()): boolean {
    const lostAt = this.lostAt.get(key);
    return lostAt !== undefined && now - lostAt >= LOST_MS;
  }

  set(key: string, isSynced: boolean): void {
    if (isSynced) {
      this.synced.add(key);
      this.lostAt.delete(key);
    } else {
      this.synced.delete(key);
      if (!this.lostAt.has(key)) this.lostAt.set(key, performance.now());
    }
  }

  /** Another instance reads the feed from now on. */
  leave(key: string): void {
    this.synced.delete(key);
    this.lostAt.delete(key);
  }
}

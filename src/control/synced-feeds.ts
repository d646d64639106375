import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../providers/carrier-account.js';

/**
 * The accounts whose feed this instance reads, and whose calls have been compared with the ledger
 * since it is connected. Only these are dialled from here: the events of any other would be lost.
 * Until an instance reads the feed of an account, its dials wait in the queue.
 */
@Injectable()
export class SyncedFeeds {
  private readonly synced = new Set<string>();

  /** True for every account that has no feed. */
  mayDial({ key, ingress }: Pick<CarrierAccount, 'key' | 'ingress'>): boolean {
    return ingress.transport !== 'feed' || this.synced.has(key);
  }

  set(key: string, isSynced: boolean): void {
    if (isSynced) this.synced.add(key);
    else this.synced.delete(key);
  }
}

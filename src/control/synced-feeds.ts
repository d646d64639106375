import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../providers/carrier-account.js';

/**
 * The accounts whose feed is connected and whose calls have been compared with the ledger since.
 * Only these are dialled: the events of any other would be lost.
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

import { Injectable } from '@nestjs/common';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import type { RunName } from '../calls/ledger/run-name.js';

/**
 * The most look-ups at once for requests whose signature has not been found right; a burst after a
 * change of address needs fewer.
 */
const AT_ONCE = 16;

/**
 * Looks up what the check of an unverified request needs, above all the public address that a call
 * was placed under. It serves strangers as well, so each request costs at most one look-up, few are
 * under way at once, and no more of the run is read than is needed.
 */
@Injectable()
export class RunOrigins {
  private underWay = 0;

  constructor(private readonly ledger: CallLedger) {}

  /**
   * The origin is null when there is no such run; `busy` when so many look-ups are under way that
   * the carrier should ask again.
   */
  async of(name: RunName): Promise<{ origin: string | null } | 'busy'> {
    return this.bounded(async () => ({ origin: await this.ledger.publicOriginOf(name) }));
  }

  /** Runs a look-up of another kind, counted together with the others. */
  async bounded<T>(look: () => Promise<T>): Promise<T | 'busy'> {
    if (this.underWay >= AT_ONCE) return 'busy';
    this.underWay += 1;
    try {
      return await look();
    } finally {
      this.underWay -= 1;
    }
  }
}

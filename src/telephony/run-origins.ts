import { Injectable } from '@nestjs/common';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import type { RunName } from '../calls/ledger/run-name.js';

/** Of those whose signature has not been found right; more than a burst after a change of address needs. */
const AT_ONCE = 16;

/**
 * What is looked up for requests whose sender has not been found right, above all the public address that a call was
 * placed under. It is looked up for strangers as well, so each request costs at most one look, few are under way at
 * once, and no more of the run is read than is needed.
 */
@Injectable()
export class RunOrigins {
  private underWay = 0;

  constructor(private readonly ledger: CallLedger) {}

  /**
   * The origin is null where there is no such run; `busy` when so many look-ups
   * are under way that the carrier had better ask again.
   */
  async of(name: RunName): Promise<{ origin: string | null } | 'busy'> {
    return this.bounded(async () => ({ origin: await this.ledger.publicOriginOf(name) }));
  }

  /** One look-up of another kind, counted with the others. */
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

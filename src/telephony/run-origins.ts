import { Injectable } from '@nestjs/common';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import type { RunName } from '../calls/ledger/run-name.js';

/** Of those whose signature has not been found right; more than a burst after a change of address needs. */
const AT_ONCE = 16;

/**
 * The public address that a call was placed under, for requests whose signature
 * does not fit the address of today. It is looked up for strangers as well, so
 * each request costs at most one look, few are under way at once, and no more
 * of the run is read.
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
    if (this.underWay >= AT_ONCE) return 'busy';
    this.underWay += 1;
    try {
      return { origin: await this.ledger.publicOriginOf(name) };
    } finally {
      this.underWay -= 1;
    }
  }
}

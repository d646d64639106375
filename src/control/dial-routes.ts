import { Injectable } from '@nestjs/common';
import { Circuits } from '../calls/dialling/circuits.js';
import type { CallRun, DialledBy, RunRoute } from '../calls/ledger/call-run.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { reasonOf } from './dial-events.js';

/** The account that dials next, and what becomes of the run's fields. */
export interface NextRoute {
  account: CarrierAccount;
  fields: DialledBy;
}

/** Where a call goes on when an account did not take it, and which accounts are passed over for a while. */
@Injectable()
export class DialRoutes {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly circuits: Circuits,
    private readonly log: Log,
  ) {}

  /**
   * Whether a call may go on to another account: only if nothing can ring, and if the number that is called is not the
   * reason.
   */
  mayGoOn(result: DialResult): boolean {
    switch (result.kind) {
      case 'throttled':
      case 'unreachable':
        return true;
      case 'rejected':
        return result.blame === 'account';
      case 'accepted':
      case 'unknown':
        return false;
      default:
        return result satisfies never;
    }
  }

  /** Null when no route is left, or the accounts of those that are have gone meanwhile. */
  async next(run: Pick<CallRun, 'routes'>): Promise<NextRoute | null> {
    const left = (run.routes ?? []).flatMap((route) => {
      const account = this.providers.find(route.account);
      return account?.numbers.includes(route.from) ? [{ account, route }] : [];
    });
    const nth = await this.circuits.choose(left.map(({ route }) => route.account));
    const chosen = left[nth];
    if (!chosen) return null;
    const others = left.filter((one) => one !== chosen).map(({ route }) => route);
    return { account: chosen.account, fields: dialledBy(chosen.account, chosen.route, others) };
  }

  /**
   * Counts what became of a run's dials at an account. A lost reply counts as a failure too: the call cannot go on, but
   * the next ones need not lose theirs. Never throws.
   */
  async note({ key }: CarrierAccount, result: DialResult): Promise<void> {
    try {
      if (result.kind === 'accepted') {
        if (await this.circuits.succeeded(key)) this.log.info('circuit.closed', { account: key });
      } else if (result.kind === 'unknown' || this.mayGoOn(result)) {
        const reason = reasonOf(result) ?? result.kind;
        const opened = await this.circuits.failed(key, reason);
        if (opened) this.log.warn('circuit.opened', { account: key, reason });
      }
    } catch (error) {
      this.log.warn('circuit.not_noted', { account: key, error });
    }
  }
}

/** @param others where the call goes on if this account does not take it either */
export function dialledBy(
  account: CarrierAccount,
  { from, recording }: Pick<RunRoute, 'from' | 'recording'>,
  others: readonly RunRoute[],
): DialledBy {
  return {
    provider: account.kind,
    accountKey: account.key,
    accountId: account.accountId,
    simulated: account.simulated,
    from,
    recording,
    routes: others.length === 0 ? null : [...others],
  };
}

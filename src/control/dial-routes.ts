import { Injectable } from '@nestjs/common';
import { Circuits } from '../calls/dialling/circuits.js';
import type { CallRun, DialledBy, RunRoute } from '../calls/ledger/call-run.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { reasonOf } from './dial-events.js';

/** An account that may dial a call, and what the call is like there. */
export interface DialRoute extends Pick<RunRoute, 'from' | 'recording'> {
  account: CarrierAccount;
}

/** The account that dials now, and what becomes of the run's fields. */
export interface ChosenRoute {
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

  /**
   * The account that is asked first, of those that may dial a new call: one that is passed over because it keeps failing
   * is asked only after all others.
   *
   * @param routes best first
   * @param full the accounts that are not asked now; they stay among the call's routes
   * @returns null when no other account is among them
   */
  async first(
    routes: readonly DialRoute[],
    full: ReadonlySet<string>,
  ): Promise<ChosenRoute | null> {
    return this.choose(routes, full);
  }

  /**
   * Null when no route is left but to full accounts, or the accounts of those that are have gone or were disabled
   * meanwhile.
   */
  async next(run: Pick<CallRun, 'routes'>, full: ReadonlySet<string>): Promise<ChosenRoute | null> {
    const left = (run.routes ?? []).flatMap(({ account: key, from, recording }) => {
      const account = this.providers.find(key);
      if (!account?.numbers.includes(from) || !this.providers.mayCall(account)) return [];
      return [{ account, from, recording }];
    });
    return this.choose(left, full);
  }

  private async choose(
    routes: readonly DialRoute[],
    full: ReadonlySet<string>,
  ): Promise<ChosenRoute | null> {
    const open = routes.filter(({ account }) => !full.has(account.key));
    const keys = open.map(({ account }) => account.key);
    const chosen = open[keys.length < 2 ? 0 : await this.circuits.choose(keys)];
    if (!chosen) return null;
    const { account, from, recording } = chosen;
    const others = routes.filter((one) => one !== chosen).map(runRoute);
    const fields = {
      provider: account.kind,
      accountKey: account.key,
      accountId: account.accountId,
      simulated: account.simulated,
      from,
      recording,
      routes: others.length === 0 ? null : others,
    };
    return { account, fields };
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

function runRoute({ account, from, recording }: DialRoute): RunRoute {
  return { account: account.key, from, recording };
}

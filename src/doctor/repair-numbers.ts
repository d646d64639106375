import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../providers/carrier-account.js';
import type { CarrierDiagnostics } from '../providers/carrier-diagnostics.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { NumbersPort } from '../providers/numbers-port.js';
import { Problem } from '../shared/problem.js';
import { PhoneNumbers } from '../tenants/phone-numbers.js';
import { answerUrl, eventsUrl, type Addressee } from '../urls/call-urls.js';
import { PublicOrigin } from '../urls/public-origin.js';
import type { NumberState } from '../providers/number-states.js';
import { claimedNumbers } from './number-urls.js';
import { Turns } from './turns.js';

/** Longer than a run takes. */
const TURN_MS = 600_000;

/** The result for one number that did not lead here. */
export interface Repair {
  /** The last two digits. */
  ending: string;
  /** What was wrong. */
  was: NumberState;
  repaired: boolean;
  /** Why it was not repaired; null if it was. */
  reason: string | null;
}

/** An account whose numbers can be looked at and configured. */
interface Repairable {
  account: CarrierAccount;
  diagnostics: CarrierDiagnostics;
  numbersPort: NumbersPort;
}

/** Sets our URLs at the carrier for claimed numbers that have others. */
@Injectable()
export class RepairNumbers {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly numbers: PhoneNumbers,
    private readonly turns: Turns,
  ) {}

  /**
   * Numbers that are right, and SIP addresses, are left alone and are not in the result. There is one run at
   * a time, on all instances together.
   * @throws Problem if there is no address, no carrier or no answer, and while another run is under way
   */
  async repair(): Promise<Repair[]> {
    const giveBack = await this.turns.take('repair', TURN_MS);
    if (!giveBack) {
      throw new Problem('conflict', 'Numbers are being repaired already. Wait for the end.');
    }
    try {
      return await this.repairAll();
    } finally {
      await giveBack();
    }
  }

  private async repairAll(): Promise<Repair[]> {
    const repairable = this.providers.enabled().flatMap((account) => {
      const { diagnostics, numbersPort } = account;
      return diagnostics && numbersPort ? [{ account, diagnostics, numbersPort }] : [];
    });
    if (repairable.length === 0) {
      throw new Problem('provider_not_configured', 'Configure a carrier first.');
    }
    const repairs: Repair[] = [];
    for (const one of repairable) {
      const source = this.origin.of(one.account);
      const origin = await source.refreshForDial();
      if (origin === null) {
        throw new Problem('no_public_url', source.report().fix ?? 'Set PUBLIC_URL.');
      }
      repairs.push(...(await this.repairOne(one, origin)));
    }
    return repairs;
  }

  private async repairOne(
    { account, diagnostics, numbersPort }: Repairable,
    origin: string,
  ): Promise<Repair[]> {
    const us = { origin, key: this.providers.pathKeyOf(account) };
    const claimed = await claimedNumbers(this.numbers, account, diagnostics, us);
    if ('failed' in claimed) {
      throw new Problem('provider_unavailable', `The carrier said: ${claimed.failed}.`);
    }
    const repairs: Repair[] = [];
    // The numbers are repaired one after another, so that an account gets one request at a time.
    for (const { number, ending, state } of claimed) {
      if (state === 'fine' || state === 'at-sip-domain') continue;
      const reason =
        state === 'in-trunk'
          ? 'a SIP trunk has the number: take it out of the trunk in the carrier’s console'
          : await configure(numbersPort, number, us);
      repairs.push({ ending, was: state, repaired: reason === null, reason });
    }
    return repairs;
  }
}

async function configure(
  numbers: NumbersPort,
  number: string,
  us: Addressee,
): Promise<string | null> {
  const urls = numbers.urlsFor({ answer: answerUrl(us, null), events: eventsUrl(us, null) });
  const result = await numbers.configure(number, urls);
  switch (result.kind) {
    case 'configured':
      return null;
    case 'not-found':
      return 'the account does not own this number';
    case 'failed':
      return result.message;
    default:
      return result satisfies never;
  }
}

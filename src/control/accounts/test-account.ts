import { Injectable } from '@nestjs/common';
import { finding, type TestFinding } from '../../providers/account-test.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { CarrierDiagnostics } from '../../providers/carrier-diagnostics.js';
import { PublicOrigin } from '../../urls/public-origin.js';

const NAMED_MAX = 10;

/** Says in words what works with the credentials of an account, and what does not. */
@Injectable()
export class TestAccount {
  constructor(private readonly origin: PublicOrigin) {}

  /** Asks the carrier; rings no telephone. Never throws. */
  async run(account: CarrierAccount): Promise<readonly TestFinding[]> {
    const [asked, reached] = await Promise.all([this.ask(account), this.addressOf(account)]);
    return [...asked, ...reached];
  }

  private async ask({
    test,
    diagnostics,
    numbers,
  }: CarrierAccount): Promise<readonly TestFinding[]> {
    if (test) return test.run();
    if (!diagnostics) {
      return [finding('credentials', 'unknown', 'This carrier offers no way to ask.')];
    }
    const credentials = await credentialsOf(diagnostics);
    if (credentials.result === 'fails') return [credentials];
    return [credentials, await numbersOf(diagnostics, numbers)];
  }

  private async addressOf(account: CarrierAccount): Promise<TestFinding[]> {
    if (!account.capabilities.needsPublicUrl) return [];
    const name = 'public-address';
    const origin = this.origin.of(account);
    if ((await origin.refreshForDial()) !== null) {
      return [finding(name, 'works', 'There is a public address for the carrier to call back.')];
    }
    return [
      finding(
        name,
        'fails',
        'No public address is known, so the carrier could not reach this service.',
        origin.report().fix ?? 'Set PUBLIC_URL.',
      ),
    ];
  }
}

async function credentialsOf(diagnostics: CarrierDiagnostics): Promise<TestFinding> {
  const name = 'credentials';
  const { advice } = diagnostics;
  const account = await diagnostics.account();
  switch (account.kind) {
    case 'refused':
      return finding(
        name,
        'fails',
        `The carrier refuses the credentials (${account.message}).`,
        advice.refused,
      );
    case 'failed':
      return finding(
        name,
        'fails',
        `The carrier's API cannot be asked (${account.message}).`,
        advice.unreachable,
      );
    case 'hidden':
      return finding(
        name,
        'works',
        'The carrier accepts the API key, which may not see whether the account is active.',
      );
    case 'found':
      if (!account.active) {
        return finding(
          name,
          'fails',
          `The carrier accepts the credentials, but the account is ${account.status.slice(0, 40)}.`,
          'Settle it in the carrier’s console: no call works before.',
        );
      }
      return account.trial
        ? finding(name, 'limited', advice.trial, 'Upgrade the account.')
        : finding(name, 'works', 'The carrier accepts the credentials, and the account is active.');
    default:
      return account satisfies never;
  }
}

async function numbersOf(
  diagnostics: CarrierDiagnostics,
  numbers: readonly string[],
): Promise<TestFinding> {
  const owned = await diagnostics.ownedNumbers();
  if (owned.kind === 'failed') {
    return finding(
      'numbers',
      'unknown',
      `The carrier does not list the account's numbers (${owned.message}).`,
    );
  }
  const theirs = new Set(owned.numbers.map(({ number }) => number));
  const foreign = numbers.filter((number) => !theirs.has(number));
  if (foreign.length === 0) {
    return finding('numbers', 'works', `The account owns all ${numbers.length} of its numbers.`);
  }
  const named = foreign.slice(0, NAMED_MAX).map((number) => `…${number.slice(-2)}`);
  return finding(
    'numbers',
    'limited',
    `Of ${numbers.length} number(s) the account does not own ${foreign.length}: ${named.join(', ')}.`,
    'Take them out of the account’s numbers, unless the carrier has verified them as caller ids. The account takes no calls to them.',
  );
}

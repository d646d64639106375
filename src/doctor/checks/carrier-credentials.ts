import type { TestFinding } from '../../providers/account-test.js';
import { down, fixesOf, skipped, up, warn, type Check, type Finding } from '../check.js';

/** Does the carrier accept our credentials, and may the account do what we need? */
export const carrierCredentials: Check = {
  name: 'carrier-credentials',
  title: "The carrier's account",
  group: 'Set-up',
  perAccount: true,
  async look({ provider, howToConfigure }) {
    if (!provider) {
      return skipped('No carrier is configured.', howToConfigure);
    }
    if (!provider.diagnostics) {
      if (!provider.test) return skipped('This carrier offers no way to ask.');
      return ofTest(await provider.test.run());
    }
    const { advice } = provider.diagnostics;
    const account = await provider.diagnostics.account();
    switch (account.kind) {
      case 'refused':
        return down(`The carrier refuses the credentials (${account.message}).`, advice.refused);
      case 'hidden':
        return up(
          'The carrier accepts the API key. Whether the account is active, or a trial, a key of this kind may not see.',
        );
      case 'failed':
        return down(`The carrier's API cannot be asked (${account.message}).`, advice.unreachable);
      case 'found': {
        const { active, status, trial } = account;
        const detail = { status, trial, simulated: provider.simulated };
        if (!active) {
          return down(
            `The account is ${status.slice(0, 40)}.`,
            'Settle it in the carrier’s console: no call works before.',
            detail,
          );
        }
        if (trial) {
          return warn(advice.trial, 'Upgrade the account.', detail);
        }
        return up(
          provider.simulated
            ? 'The simulated carrier is in use and accepts its credentials.'
            : 'The carrier accepts the credentials, and the account is active.',
          detail,
        );
      }
      default:
        return account satisfies never;
    }
  },
};

/** What was found by trying the account, as one finding. */
function ofTest(findings: readonly TestFinding[]): Finding {
  const results = findings.map(({ result }) => result);
  const seen = findings.map((one) => one.seen).join(' ');
  const detail = Object.fromEntries(findings.map(({ name, result }) => [name, result]));
  const fix = fixesOf(findings.flatMap((one) => (one.fix === null ? [] : [{ fix: one.fix }])));
  if (results.includes('fails')) return down(seen, fix, detail);
  return results.some((result) => result !== 'works') ? warn(seen, fix, detail) : up(seen, detail);
}

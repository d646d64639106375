import { skipped, up, warn, type Check } from '../check.js';
import { claimedNumbers, type NumberState } from '../number-urls.js';

const WORDS: Record<NumberState, string> = {
  fine: 'fine',
  'leads-elsewhere': 'leads elsewhere',
  overridden: 'is taken over by an application or trunk at the carrier',
  'no-callback': 'tells its ends elsewhere or to nobody',
  'not-owned': 'is not the account’s',
};

/** Do our numbers lead here? */
export const numbersCheck: Check = {
  name: 'numbers',
  title: 'Claimed numbers lead here',
  group: 'Set-up',
  async look({ provider, numbers, origin, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    if (!provider?.diagnostics) return skipped('No carrier is configured that can be asked.');
    if (origin.origin === null) return skipped('No public address is known to compare with.');
    const claimed = await claimedNumbers(
      numbers,
      provider.name,
      provider.diagnostics,
      origin.origin,
    );
    if ('failed' in claimed) {
      return skipped(`The carrier cannot be asked for its numbers (${claimed.failed}).`);
    }
    if (claimed.length === 0) {
      return skipped(
        'No workflow has claimed a number: calls can be placed, but none are taken.',
        'To take calls, claim a number with POST /api/v1/phone-numbers.',
      );
    }
    const detail = {
      numbers: claimed.map(({ ending, state }) => ({ number_ends_with: ending, state })),
    };
    const wrong = claimed.filter(({ state }) => state !== 'fine');
    if (wrong.length === 0) return up(`All ${claimed.length} claimed number(s) lead here.`, detail);
    const repairable = wrong.some(({ state }) => state !== 'not-owned');
    return warn(
      `Of ${claimed.length} claimed number(s) ${wrong.length} will not work: ${wrong
        .map(({ ending, state }) => `…${ending} ${WORDS[state]}`)
        .join(', ')}.`,
      repairable
        ? 'Set their URLs at the carrier: POST /api/v1/telephony/diagnostics/repairs/numbers does it.'
        : 'Release the number with DELETE /api/v1/phone-numbers/{number}, or use the account that owns it.',
      detail,
    );
  },
};

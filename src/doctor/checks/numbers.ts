import { fixesOf, skipped, up, warn, type Check } from '../check.js';
import type { NumberState } from '../../providers/number-states.js';
import { REPAIR } from '../number-urls.js';

const NAMED_MAX = 10;
const LISTED_MAX = 200;

/** What keeps a number from working. `carrier-retries` reports `not-retried`. */
const FAULTS: Partial<Record<NumberState, { seen: string; fix: string }>> = {
  'leads-elsewhere': { seen: 'leads elsewhere', fix: REPAIR },
  'in-application': { seen: 'is taken over by an application at the carrier', fix: REPAIR },
  'in-trunk': {
    seen: 'is taken over by a SIP trunk at the carrier',
    fix: 'Take the number out of the trunk in the carrier’s console, then repair it.',
  },
  'no-callback': { seen: 'tells its ends elsewhere or to nobody', fix: REPAIR },
  'callback-by-get': { seen: 'tells its ends by GET, which is not taken', fix: REPAIR },
  'not-owned': {
    seen: 'is not the account’s',
    fix: 'Release the number with DELETE /api/v1/phone-numbers/{number}, or use the account that owns it.',
  },
};

/** Do our numbers lead here? */
export const numbersCheck: Check = {
  name: 'numbers',
  title: 'Where claimed numbers lead',
  group: 'Set-up',
  perAccount: true,
  async look({ provider, claimedNumbers, origin, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    if (!provider?.diagnostics) return skipped('No carrier is configured that can be asked.');
    if (origin.origin === null) return skipped('No public address is known to compare with.');
    const all = await claimedNumbers();
    if ('failed' in all) {
      return skipped(`The carrier cannot be asked for its numbers (${all.failed}).`);
    }
    const claimed = all.filter(({ state }) => state !== 'at-sip-domain');
    const addresses = all.length - claimed.length;
    const besides =
      addresses === 0
        ? ''
        : ` ${addresses} claimed SIP address(es) are set up at their SIP domain, which is not looked at.`;
    if (claimed.length === 0 && addresses > 0) return skipped(`No number is claimed.${besides}`);
    if (claimed.length === 0) {
      return skipped(
        'No workflow has claimed a number: calls can be placed, but none are taken.',
        'To take calls, claim a number with POST /api/v1/phone-numbers.',
      );
    }
    const detail = {
      numbers: claimed
        .slice(0, LISTED_MAX)
        .map(({ ending, state }) => ({ number_ends_with: ending, state })),
    };
    const wrong = claimed.flatMap(({ ending, state }) => {
      const fault = FAULTS[state];
      return fault ? [{ ending, ...fault }] : [];
    });
    if (wrong.length === 0)
      return up(`All ${claimed.length} claimed number(s) lead here.${besides}`, detail);
    const repairable = wrong.filter(({ fix }) => fix === REPAIR).length;
    const named = wrong.slice(0, NAMED_MAX).map(({ ending, seen }) => `…${ending} ${seen}`);
    const others = wrong.length > NAMED_MAX ? `, and ${wrong.length - NAMED_MAX} more` : '';
    return warn(
      `Of ${claimed.length} claimed number(s) ${wrong.length} will not work: ${named.join(', ')}${others}.${besides}`,
      fixesOf(wrong),
      { ...detail, repairable },
    );
  },
};

import { fixesOf, skipped, up, warn, type Check } from '../check.js';
import { REPAIR } from '../number-urls.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
/** An occasional repetition is caused by the network. */
const REPEATED_MIN = 3;
const WARN_SHARE = 0.05;
const NAMED_MAX = 10;

/** Does the carrier have to repeat requests, and does it repeat them where it must? */
export const carrierRetries: Check = {
  name: 'carrier-retries',
  title: 'Callbacks that came more than once',
  group: 'Status callbacks',
  async look({ silentCalls, accounts, clock, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const since = new Date(clock.now().getTime() - WINDOW_HOURS * HOUR_MS);
    const [{ callbacks, repeated }, claimed] = await Promise.all([
      silentCalls.repeatedSince(since),
      Promise.all(accounts.map((account) => account.claimedNumbers())),
    ]);
    // If the carrier cannot be asked, `numbers` says so.
    const numbers = claimed.flatMap((ofOne) => ('failed' in ofOne ? [] : ofOne));
    const once = numbers.filter(({ state }) => state === 'not-retried');
    const often = repeated >= REPEATED_MIN && repeated >= callbacks * WARN_SHARE;
    const detail = { callbacks, repeated, repairable: once.length };
    const told = `Of ${callbacks} callbacks of the last ${WINDOW_HOURS} h ${repeated} came more than once`;
    const problems: Array<{ seen: string; fix: string }> = [];
    if (often) {
      problems.push({
        seen: `${told}: the carrier had no answer in time, or lost it on the way.`,
        fix: 'See `carrier-alerts` for what failed there, `round-trip` for the way, `store` and `loop-lag` for what may be slow here.',
      });
    }
    if (once.length > 0) {
      const named = once.slice(0, NAMED_MAX).map(({ ending }) => `…${ending}`);
      problems.push({
        seen: `What the carrier asks of ${once.length} claimed number(s) is not repeated when it fails (${named.join(', ')}): their URLs end without #rc=3&rp=5xx,ct,rt.`,
        fix: REPAIR,
      });
    }
    if (problems.length > 0) {
      return warn(problems.map(({ seen }) => seen).join(' '), fixesOf(problems), detail);
    }
    return callbacks === 0
      ? skipped(`No callback has come in the last ${WINDOW_HOURS} h.`, null, detail)
      : up(`${told}; what fails is asked again up to three times.`, detail);
  },
};

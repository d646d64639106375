import { fixesOf, skipped, up, warn, type Check } from '../check.js';
import { meaningOf } from '../refusal-meanings.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
/** The rest is in the detail. */
const EXPLAINED_MAX = 5;

/** Which of the carrier's requests were refused, and why? */
export const refusalsCheck: Check = {
  name: 'refusals',
  title: 'Refused requests of the carrier',
  group: 'Status callbacks',
  async look({ refusals, clock, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const since = new Date(clock.now().getTime() - WINDOW_HOURS * HOUR_MS);
    const kept = (await refusals.keptSince(since)).map((one) => ({
      ...one,
      ...meaningOf(one.reason),
    }));
    const told = kept.map((one) => ({
      surface: one.surface,
      reason: one.reason,
      count: one.count,
      last_at: one.last.toISOString(),
      meaning: one.meaning,
      fix: one.fix,
    }));
    const serious = kept.filter(({ harmless }) => harmless !== true);
    if (serious.length === 0) {
      const count = kept.reduce((sum, one) => sum + one.count, 0);
      const seen =
        count === 0
          ? `Nothing was refused in the last ${WINDOW_HOURS} h.`
          : `In the last ${WINDOW_HOURS} h ${count} requests were refused, all of them harmless.`;
      return up(seen, { refusals: told });
    }
    const list = serious
      .map(({ count, surface, reason }) => `${count} × ${surface} ${reason}`)
      .join(', ');
    // They are grouped by reason, because the same one may have occurred at several endpoints.
    const reasons = new Map(serious.map((one) => [one.reason, one]));
    const explained = [...reasons.values()].slice(0, EXPLAINED_MAX);
    return warn(
      `Refused in the last ${WINDOW_HOURS} h: ${list}. ${explained
        .map(({ reason, meaning }) => `${reason}: ${meaning}.`)
        .join(' ')}`,
      fixesOf(explained),
      { refusals: told },
    );
  },
};

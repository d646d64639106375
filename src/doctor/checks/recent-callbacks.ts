import { down, skipped, up, warn, type Check } from '../check.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = 24;
const SHOWN_MAX = 20;
const FIX =
  'Find out which requests were made: `carrier-alerts` has those that failed at the carrier (11200, 15003), `refusals` those that were refused here. Where neither has any, look at `answer-url` and `run-id-in-url`.';

/** Were there calls at the carrier for which no status callback came? */
export const recentCallbacks: Check = {
  name: 'recent-callbacks',
  title: 'Callbacks of recent calls',
  group: 'Status callbacks',
  async look({ silentCalls, clock, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const since = new Date(clock.now().getTime() - WINDOW_HOURS * HOUR_MS);
    const { calls, silent, lastTold } = await silentCalls.since(since);
    if (calls === 0) {
      return skipped(`No call of the last ${WINDOW_HOURS} h is old enough to tell.`);
    }
    const detail = {
      calls,
      without_callbacks: silent.length,
      workflow_run_ids: silent.slice(0, SHOWN_MAX),
      last_callback_at: lastTold?.toISOString() ?? null,
    };
    if (silent.length === 0) return up(`All ${calls} recent calls were told of.`, detail);
    if (silent.length === calls) {
      return down(
        `None of ${calls} recent calls at the carrier was ever told of by a status callback.`,
        FIX,
        detail,
      );
    }
    return warn(`Of ${calls} recent calls ${silent.length} were never told of.`, FIX, detail);
  },
};

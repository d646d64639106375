import { asSentence } from '../../shared/sentence.js';
import { skipped, up, warn, type Check } from '../check.js';

/** How long a nudge to ourselves may take; a command to another instance waits for one. */
const HEARS_WITHIN_MS = 2_000;
const WARN_MS = 250;
const UNKNOWN = { reason: 'no nudge arrives', fix: 'look for bus.lost in the log' };

/** Do instances hear of each other at once? */
export const busCheck: Check = {
  name: 'bus',
  title: 'Nudges between instances',
  group: 'Several instances',
  appliesTo: ({ database }) => !database.exclusive,
  async look({ bus, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const tookMs = await bus.roundTrip(HEARS_WITHIN_MS);
    if (tookMs === null) {
      const { reason, fix } = bus.deafness ?? UNKNOWN;
      const seen = `Instances hear of each other late: ${reason}.`;
      return warn(seen, asSentence(fix), { took_ms: null });
    }
    const detail = { took_ms: Math.round(tookMs) };
    const seen = `A nudge is heard within ${detail.took_ms} ms.`;
    if (tookMs < WARN_MS) return up(seen, detail);
    return warn(
      seen,
      'See how busy this machine is, and PostgreSQL or the NATS server: hang-ups and moves of calls at other instances wait as long.',
      detail,
    );
  },
};

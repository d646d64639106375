import { asSentence } from '../../shared/sentence.js';
import { down, up, warn, type Check } from '../check.js';

/** Every request of a carrier waits for a few reads and writes. */
const WARN_MS = 250;

/** Is the store available and fast enough? */
export const storeCheck: Check = {
  name: 'store',
  title: 'The store',
  group: 'Set-up',
  async look({ database }) {
    const began = performance.now();
    const { kind, up: isUp, migrated, reason, fix } = await database.report();
    const tookMs = Math.round(performance.now() - began);
    const detail = { kind, migrated, took_ms: tookMs };
    if (!isUp || !migrated) {
      return down(
        asSentence(reason ?? 'the store is not migrated'),
        fix ?? 'Look at the log of the service.',
        detail,
      );
    }
    const seen = `${kind === 'postgres' ? 'PostgreSQL' : 'SQLite'} answers within ${tookMs} ms.`;
    if (tookMs < WARN_MS) return up(seen, detail);
    const advice = 'Give the store a faster disk or a shorter way: callers hear the wait.';
    return warn(seen, advice, detail);
  },
};

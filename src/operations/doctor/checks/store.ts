import { down, up, warn, type Check } from '../check.js';

/** Carriers wait for a few reads and writes in every request. */
const WARN_MS = 250;

/** Is the store there, and fast enough? */
export const storeCheck: Check = {
  name: 'store',
  title: 'The store is up',
  group: 'Set-up',
  async look({ database }) {
    const began = performance.now();
    const { kind, up: isUp, migrated, reason } = await database.report();
    const tookMs = Math.round(performance.now() - began);
    const detail = { kind, migrated, took_ms: tookMs };
    if (!isUp || !migrated) {
      return down(
        `The store is not usable: ${reason ?? 'it is not migrated'}.`,
        kind === 'postgres'
          ? 'Start PostgreSQL, and check DATABASE_URL and the network in between.'
          : 'Check that DATA_DIR is there, writable and on a disk with room.',
        detail,
      );
    }
    const name = kind === 'postgres' ? 'PostgreSQL' : 'SQLite';
    const seen = `${name} answers within ${tookMs} ms.`;
    return tookMs < WARN_MS
      ? up(seen, detail)
      : warn(seen, 'Give the store a faster disk or a shorter way: callers hear the wait.', detail);
  },
};

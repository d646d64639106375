import type { LockProvider } from '../../src/database/postgres-database.js';

/** In place of the instance lock: admits every instance. */
export const EVERYBODY: LockProvider = {
  exclusive: false,
  take: () =>
    Promise.resolve({
      direct: true,
      isFresh: true,
      beat: () => Promise.resolve(true),
      release: () => Promise.resolve(),
    }),
};

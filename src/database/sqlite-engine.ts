import { sql } from 'kysely';
import type { Engine } from './engine.js';

/** One process writes, one transaction at a time: no locks are needed, and commits are in order. */
export const sqliteEngine: Engine = {
  lock: (query) => query,
  lockFree: (query) => query,
  now: () => sql<number>`${Date.now()}`,
  stamps: async (trx, count) => {
    const last = await trx
      .selectFrom('runs')
      .select('position')
      .orderBy('changed_xid', 'desc')
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const before = last?.position ?? 0;
    return Array.from({ length: count }, (_, index) => ({
      changed_xid: 0,
      position: before + index + 1,
    }));
  },
  horizon: () => sql<number>`1`,
};

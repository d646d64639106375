import { CompiledQuery, sql } from 'kysely';
import type { Engine, Stamp } from './engine.js';

/** The largest id that a run ever had, https://www.sqlite.org/autoinc.html; an id that is given explicitly counts too. */
const LAST_RUN_ID = CompiledQuery.raw(`select seq from sqlite_sequence where name = 'runs'`);

/** The subquery is part of the statement that writes the rows, so that a commit costs no further one. */
const stamp = (nth: number): Stamp => ({
  changed_xid: 0,
  position: sql<number>`coalesce((select newest.position from runs newest
    order by newest.changed_xid desc, newest.position desc limit 1), 0) + ${sql.lit(nth)}`,
});
/** Most statements write one row. */
const NEXT = stamp(1);

/** One process writes, one transaction at a time: no locks are needed, and commits are in order. */
export const sqliteEngine: Engine = {
  isLocal: true,
  lock: (query) => query,
  lockFree: (query) => query,
  lockCreations: () => Promise.resolve(),
  runIds: async (trx, count) => {
    const { rows } = await trx.executeQuery<{ seq: number }>(LAST_RUN_ID);
    const last = rows[0]?.seq ?? 0;
    return Array.from({ length: count }, (_, index) => last + index + 1);
  },
  now: () => sql<number>`${Date.now()}`,
  stamps: (count) =>
    count === 1 ? [NEXT] : Array.from({ length: count }, (_, nth) => stamp(nth + 1)),
  serves: () => sql<boolean>`true`,
  timeline: () => sql<number>`0`,
  horizon: () => sql<number>`1`,
};

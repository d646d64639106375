import { sql } from 'kysely';
import type { Engine } from './engine.js';

export const postgresEngine: Engine = {
  isLocal: false,
  lock: (query) => query.forUpdate(),
  lockFree: (query) => query.forUpdate().skipLocked(),
  lockCreations: async (trx) => {
    await trx.selectFrom('cell').select('cell_id').forUpdate().execute();
  },
  runIds: async (trx, count) => {
    const { rows } = await sql<{ id: number }>`
      select nextval(pg_get_serial_sequence('runs', 'run_id')) as id
      from generate_series(1, ${sql.lit(count)}::int)`.execute(trx);
    return rows.map(({ id }) => id).sort((one, other) => one - other);
  },
  now: () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  stamps: (count) =>
    Array.from({ length: count }, () => ({
      changed_xid: sql<number>`pg_current_xact_id()::text::bigint`,
      position: sql<number>`nextval('feed')`,
    })),
  // The connection of a process that was killed is over within milliseconds; any role may see that.
  serves: (column) =>
    sql<boolean>`exists (select 1 from pg_stat_activity served where served.pid = ${sql.ref(column)})`,
  // A file of the log begins with the timeline; `pg_control_checkpoint()` would lag behind.
  timeline: () =>
    sql<number>`('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int`,
  // The horizon is the oldest writing transaction of the whole server:
  // https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
  horizon: () => sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`,
};

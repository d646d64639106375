import { sql, type Kysely } from 'kysely';
import type { Tables } from './schema.js';

/** A server that follows the store's, as the store's tells. */
export interface Standby {
  /** Its `application_name`. */
  name: string;
  /** `streaming`, `catchup` and others; null: our user may not see it. */
  state: string | null;
  /** `sync`, `quorum`, `potential` or `async`; null: our user may not see it. */
  syncState: string | null;
}

export interface Replication {
  standbys: Standby[];
  /** `synchronous_standby_names`; empty: no commit waits for a standby. */
  synchronousNames: string;
  /** `synchronous_commit` of our connections. */
  synchronousCommit: string;
}

/** Who follows a PostgreSQL server. Subscribers of single tables and backups are left out. */
export async function readReplication(db: Kysely<Tables>): Promise<Replication> {
  const { rows: standbys } = await sql<Standby>`
    select application_name as name, state, sync_state as "syncState"
    from pg_stat_replication sender
    where state is distinct from 'backup' and not exists (
      select 1 from pg_replication_slots slot
      where slot.active_pid = sender.pid and slot.slot_type = 'logical')
    order by application_name`.execute(db);
  const { rows } = await sql<Omit<Replication, 'standbys'>>`
    select current_setting('synchronous_standby_names') as "synchronousNames",
      current_setting('synchronous_commit') as "synchronousCommit"`.execute(db);
  const { synchronousNames = '', synchronousCommit = 'on' } = rows[0] ?? {};
  return { standbys, synchronousNames, synchronousCommit };
}

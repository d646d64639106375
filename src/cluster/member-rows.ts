import type { RawBuilder, Transaction } from 'kysely';
import type { Tables } from '../database/schema.js';
import type { InstanceState, Member } from './cluster.js';
import { ALIVE_MS } from './leases.js';
import type { InstanceFacts } from './presence.js';

export function rowOfFacts(facts: InstanceFacts) {
  return {
    version: facts.version,
    schema: facts.schema,
    state: facts.state,
    streams: facts.streams,
    capacity: facts.capacity,
    key_hash: facts.keyHash,
    media_hash: facts.mediaHash,
    bus_session: facts.busSession,
    started_at: facts.startedAt.getTime(),
  };
}

/**
 * All instances whose leases hold, oldest first.
 *
 * @param now milliseconds by the store's clock
 * @returns `storeMs`: that clock, when the rows were read; null: there were none
 */
export async function livingMembers(
  trx: Transaction<Tables>,
  now: RawBuilder<number>,
): Promise<{ members: Member[]; storeMs: number | null }> {
  const rows = await trx
    .selectFrom('instances')
    .selectAll()
    .select(now.as('now'))
    .where('lease_until', '>', now)
    .orderBy('started_at')
    .orderBy('instance_id')
    .execute();
  const members = rows.map((row): Member => ({
    id: row.instance_id,
    name: row.name,
    // Release 0.2.0 does not tell which it is.
    version: row.version ?? '0.2.0',
    state: row.state as InstanceState,
    streams: row.streams,
    capacity: row.capacity,
    startedAt: new Date(row.started_at ?? 0),
    clockOffsetMs: row.clock_offset,
    leaseAgeMs: Math.max(0, row.now + ALIVE_MS - row.lease_until),
    schema: row.schema,
    mediaHash: row.media_hash,
    keyHash: row.key_hash,
  }));
  return { members, storeMs: rows[0]?.now ?? null };
}

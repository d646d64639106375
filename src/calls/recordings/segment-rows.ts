import type { ExpressionBuilder, Selectable, SqlBool } from 'kysely';
import { sql, type Expression } from 'kysely';
import { Injectable } from '@nestjs/common';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import type { RecordingSegmentsTable, Tables } from '../../database/schema.js';
import type { SegmentKey } from './segment.js';

/** A segment as its row says. */
export interface SegmentRow extends SegmentKey {
  /** When its first moment was heard, in milliseconds by the store's clock. */
  startedAt: number;
  /** 0 while it is not stored. */
  moments: number;
  location: string;
  state: 'open' | 'stored' | 'erasing';
  /** The instance that has it on its disk; null: it is in the store of recordings. */
  instanceId: string | null;
}

type Segments = ExpressionBuilder<Tables, 'recording_segments'>;

/** The table of segments. A row comes before anything is stored (`SegmentNotes`), and goes after it was erased. */
@Injectable()
export class SegmentRows {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  /** The segments of a call that are not being erased, in order. */
  async of(runId: number): Promise<SegmentRow[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('recording_segments')
        .selectAll()
        .where('run_id', '=', runId)
        .where('state', '<>', 'erasing')
        .orderBy('generation')
        .orderBy('n')
        .execute(),
    );
    return rows.map(fromRow);
  }

  /**
   * Marks all segments of a call as to be erased.
   *
   * @param discarded segments of this instance that are on its disk no more
   * @returns the locations of those that no living instance has on its disk
   */
  async startErasing(runId: number, discarded: readonly SegmentKey[]): Promise<string[]> {
    return this.database.write(async (trx) => {
      await trx
        .updateTable('recording_segments')
        .set({ state: 'erasing' })
        .where('run_id', '=', runId)
        .execute();
      for (const key of discarded) {
        await trx
          .updateTable('recording_segments')
          .set({ instance_id: null })
          .where(isSegment(key))
          .execute();
      }
      const rows = await trx
        .selectFrom('recording_segments')
        .select('location')
        .where('run_id', '=', runId)
        .where((row) => this.isOnNoDisk(row))
        .execute();
      return rows.map(({ location }) => location);
    });
  }

  /** Forgets the segments at these locations, which are erased. */
  async erased(runId: number, locations: readonly string[]): Promise<void> {
    if (locations.length === 0) return;
    await this.database.write((trx) =>
      trx
        .deleteFrom('recording_segments')
        .where('run_id', '=', runId)
        .where('state', '=', 'erasing')
        .where('location', 'in', locations)
        .execute(),
    );
  }

  /** Calls whose recordings were begun and ended before `before`. */
  async endedBefore(before: Date, limit: number): Promise<number[]> {
    const time = before.getTime();
    const rows = await this.database.read((db) =>
      db
        .selectFrom('recording_segments as old')
        .select('old.run_id')
        .distinct()
        .where('old.started_at', '<', time)
        .where((row) =>
          row.not(
            row.exists(
              row
                .selectFrom('recording_segments as young')
                .select('young.n')
                .whereRef('young.run_id', '=', 'old.run_id')
                .where('young.started_at', '>=', time),
            ),
          ),
        )
        .limit(limit)
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  /** Calls whose erasing was begun and, where an instance died meanwhile, is still to be ended. */
  async halfErased(limit: number): Promise<number[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('recording_segments')
        .select('run_id')
        .distinct()
        .where((row) => row.and([row('state', '=', 'erasing'), this.isOnNoDisk(row)]))
        .limit(limit)
        .execute(),
    );
    return rows.map(({ run_id }) => run_id);
  }

  /**
   * Looks through the calls behind `after`, `limit` at a time, for those that were erased and whose
   * segments were not: an older release knows of no segments. `last` is null at the end.
   */
  async leftBehind(after: number, limit: number): Promise<{ runs: number[]; last: number | null }> {
    return this.database.read(async (db) => {
      const page = await db
        .selectFrom('recording_segments')
        .select('run_id')
        .distinct()
        .where('run_id', '>', after)
        .orderBy('run_id')
        .limit(limit)
        .execute();
      const ids = page.map(({ run_id }) => run_id);
      const last = ids.at(-1) ?? null;
      if (last === null) return { runs: [], last };
      const erased = await db
        .selectFrom('runs')
        .select('run_id')
        .where('run_id', 'in', ids)
        .where('erased_at', 'is not', null)
        .execute();
      return { runs: erased.map(({ run_id }) => run_id), last };
    });
  }

  /** Those of `instances` that are gone: what is on their disks may be taken over. */
  async gone(instances: readonly string[]): Promise<string[]> {
    const others = instances.filter((id) => id !== this.leases.holder);
    if (others.length === 0) return [];
    const listed = sql.join(
      others.map((id) => sql`select cast(${id} as text) as instance_id`),
      sql` union all `,
    );
    const { rows } = await this.database.read((db) =>
      sql<{ instance_id: string }>`select listed.instance_id from (${listed}) listed
        where ${this.leases.isGone('listed.instance_id')}`.execute(db),
    );
    return rows.map(({ instance_id }) => instance_id);
  }

  /** An instance ends what is on its own disk itself, so for once its own is not gone. */
  private isOnNoDisk(row: Segments): Expression<SqlBool> {
    return row.or([
      row('instance_id', 'is', null),
      row.and([row('instance_id', '<>', this.leases.holder), this.leases.isGone('instance_id')]),
    ]);
  }
}

export function isSegment({ runId, generation, n }: SegmentKey) {
  return (row: Segments): Expression<SqlBool> =>
    row.and([row('run_id', '=', runId), row('generation', '=', generation), row('n', '=', n)]);
}

export function isAmongSegments(keys: readonly SegmentKey[]) {
  return (row: Segments): Expression<SqlBool> => row.or(keys.map((key) => isSegment(key)(row)));
}

function fromRow(row: Selectable<RecordingSegmentsTable>): SegmentRow {
  return {
    runId: row.run_id,
    generation: row.generation,
    n: row.n,
    startedAt: row.started_at,
    moments: row.samples,
    location: row.location,
    state: row.state as SegmentRow['state'],
    instanceId: row.instance_id,
  };
}

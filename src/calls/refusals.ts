import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../database/database.js';
import type { RefusalsTable } from '../database/schema.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';

export type RefusedSurface = 'answer' | 'status-callback' | 'media-stream' | 'api';

/** A request that was turned away; `detail` never holds numbers, tokens or signatures. */
export interface Refusal {
  surface: RefusedSurface;
  /** A fixed word, e.g. `signature-mismatch`; refusals are counted by it. */
  reason: string;
  /** What the peer received: an HTTP status or a WebSocket close code. */
  httpStatus: number;
  runId: number | null;
  detail?: Record<string, unknown>;
}

export interface RecordedRefusal extends Required<Refusal> {
  refusalId: number;
  refusedAt: Date;
}

export interface KeptRefusals {
  surface: RefusedSurface;
  reason: string;
  count: number;
  last: Date;
}

const KEPT = 1_000;
/** The most rows that are written in a second; a flood beyond that is only counted. */
const WRITTEN_PER_SECOND = 20;

/**
 * Records what was refused, and why: counted since the start, logged, and the last
 * thousand kept.
 */
@Injectable()
export class Refusals {
  private readonly counts = new Map<string, number>();
  private isIgnored: (runId: number) => boolean = () => false;
  private second = 0;
  private writtenThisSecond = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Registers the runs whose refusals are not recorded; once, at the start: the doctor, of any
   * instance, asks for runs that cannot exist, and expects to be refused.
   */
  ignore(isIgnored: (runId: number) => boolean): void {
    this.isIgnored = isIgnored;
  }

  /** Never throws and never waits: a refusal must not depend on the store. */
  note(refusal: Refusal): void {
    if (refusal.runId !== null && this.isIgnored(refusal.runId)) return;
    const key = `${refusal.surface} ${refusal.reason}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    if (!this.mayWrite()) return;
    this.log.warn('request.refused', {
      surface: refusal.surface,
      reason: refusal.reason,
      http_status: refusal.httpStatus,
      workflow_run_id: refusal.runId,
      ...refusal.detail,
    });
    this.write(refusal).catch((error: unknown) => {
      this.log.debug('refusal.not_kept', { workflow_run_id: refusal.runId, error });
    });
  }

  /** Refusals since the start of this process, by surface and reason. */
  counted(): Array<{ surface: string; reason: string; count: number }> {
    return [...this.counts].map(([key, count]) => {
      const [surface = '', reason = ''] = key.split(' ');
      return { surface, reason, count };
    });
  }

  /**
   * Refusals that were kept since the given time, by surface and reason; the most
   * frequent first.
   */
  async keptSince(since: Date): Promise<KeptRefusals[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('refusals')
        .select((select) => [
          'surface',
          'reason',
          select.fn.countAll<number>().as('count'),
          select.fn.max('refused_at').as('last'),
        ])
        .where('refused_at', '>=', since.getTime())
        .groupBy(['surface', 'reason'])
        .execute(),
    );
    return rows
      .map((row) => ({
        surface: row.surface as RefusedSurface,
        reason: row.reason,
        count: row.count,
        last: new Date(row.last),
      }))
      .sort((a, b) => b.count - a.count);
  }

  /** The latest refusals, newest first. */
  async latest(limit: number): Promise<RecordedRefusal[]> {
    const rows = await this.database.read((db) =>
      db.selectFrom('refusals').selectAll().orderBy('refusal_id', 'desc').limit(limit).execute(),
    );
    return rows.map(fromRow);
  }

  /**
   * The refusals of one call that are still kept, oldest first. The table is small,
   * so it needs no index.
   */
  async ofRun(runId: number): Promise<RecordedRefusal[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('refusals')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('refusal_id')
        .execute(),
    );
    return rows.map(fromRow);
  }

  private mayWrite(): boolean {
    const second = Math.floor(this.clock.now().getTime() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.writtenThisSecond = 0;
    }
    this.writtenThisSecond += 1;
    return this.writtenThisSecond <= WRITTEN_PER_SECOND;
  }

  private async write(refusal: Refusal): Promise<void> {
    await this.database.write(async (trx) => {
      const { refusal_id: id } = await trx
        .insertInto('refusals')
        .values({
          surface: refusal.surface,
          reason: refusal.reason,
          http_status: refusal.httpStatus,
          run_id: refusal.runId,
          detail: JSON.stringify(refusal.detail ?? {}),
          refused_at: this.clock.now().getTime(),
        })
        .returning('refusal_id')
        .executeTakeFirstOrThrow();
      await trx
        .deleteFrom('refusals')
        .where('refusal_id', '<=', id - KEPT)
        .execute();
    });
  }
}

function fromRow(row: Selectable<RefusalsTable>): RecordedRefusal {
  return {
    refusalId: row.refusal_id,
    surface: row.surface as RefusedSurface,
    reason: row.reason,
    httpStatus: row.http_status,
    runId: row.run_id,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    refusedAt: new Date(row.refused_at),
  };
}

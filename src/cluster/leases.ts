import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '../database/database.js';
import { Instance } from './instance.js';

/** How long an instance counts as alive after it said so last, and how often it does. */
export const ALIVE_MS = 6_000;
export const BEAT_MS = 2_000;

/**
 * What instances that share a store claim of its work. A claim is a lease: it is
 * given up when the work is done, and lapses when its holder is gone. All times
 * are by the store's clock, since those of two machines differ.
 */
@Injectable()
export class Leases {
  private hasBeaten = false;

  constructor(
    private readonly database: Database,
    private readonly instance: Instance,
  ) {}

  /** Whose claims these are. */
  get holder(): string {
    return this.instance.id;
  }

  /**
   * The condition of a query for what this instance may claim: no instance that
   * lives has a lease on it. One of its own is none, since it knows what it is doing.
   *
   * @param holder the column with the instance
   * @param lease the column with the end of its lease
   */
  isFree(holder: string, lease: string): RawBuilder<boolean> {
    const until = sql.ref(lease);
    return sql<boolean>`(${until} is null or ${until} <= ${this.database.engine.now()} or ${this.isGone(holder)})`;
  }

  /** The condition that the instance in a column lives no longer, or is this one. */
  isGone(holder: string): RawBuilder<boolean> {
    return sql<boolean>`(${sql.ref(holder)} = ${this.holder} or not exists (
      select 1 from instances living
      where living.instance_id = ${sql.ref(holder)} and living.lease_until > ${this.database.engine.now()}))`;
  }

  /** When a lease that is taken now lapses, for the statement that takes it. */
  until(milliseconds: number): RawBuilder<number> {
    return sql<number>`${this.database.engine.now()} + ${milliseconds}`;
  }

  /** Says that this instance lives, for {@link ALIVE_MS}. */
  async beat(): Promise<void> {
    const { id, name } = this.instance;
    const lease_until = this.until(ALIVE_MS);
    const isFirst = !this.hasBeaten;
    await this.database.write(async (trx) => {
      // Whoever held the store alone before us is gone, however lately it said that it lives.
      if (isFirst && this.database.exclusive) await trx.deleteFrom('instances').execute();
      await trx
        .insertInto('instances')
        .values({ instance_id: id, name, lease_until })
        .onConflict((conflict) => conflict.column('instance_id').doUpdateSet({ lease_until }))
        .execute();
      // Those that ended without saying so, a while ago.
      await trx
        .deleteFrom('instances')
        .where('lease_until', '<', sql<number>`${this.database.engine.now()} - ${10 * ALIVE_MS}`)
        .execute();
    });
    this.hasBeaten = true;
  }

  /** Says that this instance lives no longer: what it has claimed is free at once. */
  async leave(): Promise<void> {
    await this.database.write(async (trx) => {
      await trx.deleteFrom('instances').where('instance_id', '=', this.holder).execute();
      await trx.deleteFrom('jobs').where('instance_id', '=', this.holder).execute();
    });
  }

  /**
   * Claims work that one instance does for all. False: another one has it. The
   * holder renews its claim by asking again.
   */
  async takeJob(job: string, milliseconds: number): Promise<boolean> {
    const lease_until = this.until(milliseconds);
    const taken = await this.database.writeLocking((trx) =>
      trx
        .insertInto('jobs')
        .values({ job, instance_id: this.holder, lease_until })
        .onConflict((conflict) =>
          conflict
            .column('job')
            .doUpdateSet({ instance_id: this.holder, lease_until })
            .where((is) =>
              is.or([
                is('jobs.lease_until', '<=', this.database.engine.now()),
                this.isGone('jobs.instance_id'),
              ]),
            ),
        )
        .returning('job')
        .execute(),
    );
    return taken.length > 0;
  }
}

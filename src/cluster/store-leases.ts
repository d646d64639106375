import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import { Database } from '../database/database.js';
import type { Tables } from '../database/schema.js';
import { StoreClock } from '../database/store-clock.js';
import type { Member } from './cluster.js';
import { Instance } from './instance.js';
import { ALIVE_MS, FENCE_MS, Leases } from './leases.js';
import { livingMembers, rowOfFacts } from './member-rows.js';
import type { InstanceFacts } from './presence.js';
import { Renewals } from './renewals.js';

/**
 * Keeps leases in tables of the store, which all instances share anyway: which
 * instances are alive, and which has which job.
 */
@Injectable()
export class StoreLeases extends Leases {
  private hasBeaten = false;
  private readonly renewals = new Renewals(FENCE_MS, ALIVE_MS);
  /** How far our clock was ahead of the store's at the last beat, in milliseconds. */
  private clockOffsetMs = 0;

  constructor(
    private readonly database: Database,
    private readonly instance: Instance,
    private readonly storeClock: StoreClock = new StoreClock(),
  ) {
    super();
  }

  get holder(): string {
    return this.instance.id;
  }

  /** Nobody takes over from an instance that has the store to itself. */
  get fenced(): boolean {
    return !this.database.exclusive && this.renewals.isFenced;
  }

  /** There is no other living instance that we could take something from. */
  get mayTakeOver(): boolean {
    return this.database.exclusive || this.renewals.isSteady;
  }

  get ageMs(): number {
    return this.renewals.ageMs;
  }

  isFree(holder: string, lease: string): RawBuilder<boolean> {
    if (this.fenced) return sql<boolean>`false`;
    const until = sql.ref(lease);
    return sql<boolean>`(${until} is null or ${until} <= ${this.database.engine.now()} or ${this.isGone(holder)})`;
  }

  isGone(holder: string): RawBuilder<boolean> {
    const lives = this.mayTakeOver
      ? sql`and living.lease_until > ${this.database.engine.now()}`
      : sql``;
    return sql<boolean>`(${sql.ref(holder)} = ${this.holder} or not exists (
      select 1 from instances living where living.instance_id = ${sql.ref(holder)} ${lives}))`;
  }

  until(milliseconds: number): RawBuilder<number> {
    return sql<number>`${this.database.engine.now()} + ${milliseconds}`;
  }

  async beat(facts?: InstanceFacts): Promise<Member[]> {
    const askedAt = performance.now();
    try {
      const members = await this.renew(facts);
      this.renewals.renewed(askedAt);
      this.hasBeaten = true;
      return members;
    } catch (error) {
      this.renewals.failed();
      throw error;
    }
  }

  private async renew(facts: InstanceFacts | undefined): Promise<Member[]> {
    const { id, name } = this.instance;
    const row = {
      lease_until: this.until(ALIVE_MS),
      clock_offset: this.clockOffsetMs,
      ...(facts && rowOfFacts(facts)),
    };
    const isFirst = !this.hasBeaten;
    const exclusive = this.database.exclusive ? 1 : 0;
    return this.database.write(async (trx) => {
      // An instance that had the SQLite store's lock before us is gone, however recent its last
      // beat is.
      if (isFirst && this.database.exclusive) {
        await trx.deleteFrom('instances').where('exclusive', '=', 1).execute();
      }
      await trx
        .insertInto('instances')
        .values({ instance_id: id, name, exclusive, ...row })
        .onConflict((conflict) => conflict.column('instance_id').doUpdateSet(row))
        .execute();
      if (this.mayTakeOver) await this.sweep(trx);
      const sentAt = performance.now();
      const { members, storeMs } = await livingMembers(trx, this.database.engine.now());
      if (storeMs !== null) this.compareClocks(sentAt, storeMs);
      return members;
    });
  }

  /** A busy machine answers late, which must not look like a clock that is wrong. */
  private compareClocks(sentAt: number, storeMs: number): void {
    const now = performance.now();
    this.storeClock.note(sentAt, now, storeMs);
    const storeNow = now - this.storeClock.localTime(0);
    this.clockOffsetMs = Math.round(Date.now() - storeNow);
  }

  /** Removes instances that ended without leaving, a while ago. */
  private async sweep(trx: Transaction<Tables>): Promise<void> {
    await trx
      .deleteFrom('instances')
      .where('lease_until', '<', sql<number>`${this.database.engine.now()} - ${10 * ALIVE_MS}`)
      .execute();
  }

  async leave(): Promise<void> {
    await this.database.write(async (trx) => {
      await trx.deleteFrom('instances').where('instance_id', '=', this.holder).execute();
      await trx.deleteFrom('jobs').where('instance_id', '=', this.holder).execute();
    });
  }

  async takeJob(job: string, milliseconds: number): Promise<boolean> {
    if (this.fenced) return false;
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

  async giveJob(job: string): Promise<void> {
    await this.database.write((trx) =>
      trx
        .deleteFrom('jobs')
        .where('job', '=', job)
        .where('instance_id', '=', this.holder)
        .execute(),
    );
  }
}

import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '../database/database.js';
import { Instance } from './instance.js';
import { ALIVE_MS, Leases } from './leases.js';

/**
 * Keeps leases in tables of the store, which all instances share anyway: which
 * instances are alive, and which has which job.
 */
@Injectable()
export class StoreLeases extends Leases {
  private hasBeaten = false;

  constructor(
    private readonly database: Database,
    private readonly instance: Instance,
  ) {
    super();
  }

  get holder(): string {
    return this.instance.id;
  }

  isFree(holder: string, lease: string): RawBuilder<boolean> {
    const until = sql.ref(lease);
    return sql<boolean>`(${until} is null or ${until} <= ${this.database.engine.now()} or ${this.isGone(holder)})`;
  }

  isGone(holder: string): RawBuilder<boolean> {
    return sql<boolean>`(${sql.ref(holder)} = ${this.holder} or not exists (
      select 1 from instances living
      where living.instance_id = ${sql.ref(holder)} and living.lease_until > ${this.database.engine.now()}))`;
  }

  until(milliseconds: number): RawBuilder<number> {
    return sql<number>`${this.database.engine.now()} + ${milliseconds}`;
  }

  async beat(): Promise<void> {
    const { id, name } = this.instance;
    const lease_until = this.until(ALIVE_MS);
    const isFirst = !this.hasBeaten;
    const exclusive = this.database.exclusive ? 1 : 0;
    await this.database.write(async (trx) => {
      // An instance that had the lock before us is gone, however recent its last beat is. Instances
      // of a later release take no lock, and live on.
      if (isFirst && exclusive === 1) {
        await trx.deleteFrom('instances').where('exclusive', '=', 1).execute();
      }
      await trx
        .insertInto('instances')
        .values({ instance_id: id, name, lease_until, exclusive })
        .onConflict((conflict) => conflict.column('instance_id').doUpdateSet({ lease_until }))
        .execute();
      // Removes instances that ended without leaving, a while ago.
      await trx
        .deleteFrom('instances')
        .where('lease_until', '<', sql<number>`${this.database.engine.now()} - ${10 * ALIVE_MS}`)
        .execute();
    });
    this.hasBeaten = true;
  }

  async leave(): Promise<void> {
    await this.database.write(async (trx) => {
      await trx.deleteFrom('instances').where('instance_id', '=', this.holder).execute();
      await trx.deleteFrom('jobs').where('instance_id', '=', this.holder).execute();
    });
  }

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

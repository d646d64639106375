import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { ClusterSettings } from '../../config/settings.js';
import { Database } from '../../database/database.js';

/** How many calls are moved in a second, by all instances together, by the store's clock. */
@Injectable()
export class MovePace {
  private readonly everyMs: number;

  constructor(
    private readonly database: Database,
    { movesPerSecond }: ClusterSettings,
  ) {
    this.everyMs = Math.ceil(1000 / movesPerSecond);
  }

  /**
   * Takes the next moment at which a call may be moved.
   * @returns milliseconds until then
   * @throws StoreUnavailableError
   */
  async next(): Promise<number> {
    const { everyMs } = this;
    const now = this.database.engine.now();
    const { wait } = await this.database.writeLocking((trx) =>
      trx
        .updateTable('move_pace')
        .set({
          due_at: sql<number>`case when due_at > ${now} then due_at else ${now} end + ${everyMs}`,
        })
        .where('pace_id', '=', 1)
        .returning(sql<number>`due_at - ${everyMs} - ${now}`.as('wait'))
        .executeTakeFirstOrThrow(),
    );
    return Math.max(0, wait);
  }
}

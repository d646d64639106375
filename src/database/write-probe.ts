import { sql } from 'kysely';
import type { Database } from './database.js';
import { isUnavailable } from './store-errors.js';

/** A write that worked is believed for so long. */
const BELIEVED_MS = 10_000;

/**
 * Whether the store can be written to, and not only read: a full disk and a
 * standby answer every question. Ordinary writes tell; where there were none
 * for a while, or the last one failed, a row is written as it is.
 */
export class WriteProbe {
  private workedAt = -Infinity;
  private looking: Promise<void> | null = null;

  /** Hears how a write ends. */
  async watch<T>(write: Promise<T>): Promise<T> {
    try {
      const result = await write;
      this.workedAt = performance.now();
      return result;
    } catch (error) {
      if (isUnavailable(error)) this.workedAt = -Infinity;
      throw error;
    }
  }

  /** Those who ask at the same time share one look. Throws what the write throws. */
  async look(database: Database): Promise<void> {
    if (performance.now() - this.workedAt < BELIEVED_MS) return;
    this.looking ??= database
      .write(async (trx) => {
        const first = trx.selectFrom('users').select((select) => select.fn.min('user_id').as('id'));
        await trx
          .updateTable('users')
          .set({ name: sql`name` })
          .where('user_id', '=', first)
          .execute();
      })
      .finally(() => {
        this.looking = null;
      });
    await this.looking;
  }
}

import { sql } from 'kysely';
import type { Database } from './database.js';
import { isUnavailable } from './store-errors.js';

/** How long a successful write counts as proof. */
const BELIEVED_MS = 10_000;

/**
 * Checks whether the store can be written to, and not only read: with a full
 * disk, or on a standby, every read still succeeds. Ordinary writes show it;
 * where there were none for a while, or the last one failed, a row is written
 * back unchanged.
 */
export class WriteProbe {
  private workedAt = -Infinity;
  private looking: Promise<void> | null = null;

  /** Observes how a write ends. */
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

  /** Callers that ask at the same time share one check. Throws what the write throws. */
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

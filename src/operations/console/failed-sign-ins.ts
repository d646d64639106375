import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import { Problem } from '../../shared/problem.js';
import { sha256 } from '../../shared/sha256.js';

/** The failures of a minute. The time is short, because everyone behind one proxy shares its address. */
const WINDOW_MS = 60_000;
const PER_ADDRESS = 10;
const ALTOGETHER = 100;
const EVERYONE = 'everyone';

/** What is over its limit, and for how long, in milliseconds. */
interface Excess {
  source: string;
  leftMs: number;
}

/**
 * Limits how often a wrong key or ticket may be sent, for each address and for all addresses
 * together. The failures are counted in the store, so the limits hold over all instances. Once an
 * instance knows that a limit is reached it asks no more, so a flood costs a few writes a minute.
 */
@Injectable()
export class FailedSignIns {
  /** Until when each source is over its limit, by the monotonic clock. */
  private readonly refused = new Map<string, number>();

  constructor(private readonly database: Database) {}

  /**
   * Only failures are counted, and only a failure can be refused for their number: a
   * right key always signs in, however often others behind the same proxy were
   * wrong. Keys have 256 random bits, so the limit is not against guessing,
   * but against noise in the log.
   * @throws Problem `rate_limited`; StoreUnavailableError
   */
  async attempt<T>(address: string, signIn: () => Promise<T | null>): Promise<T | null> {
    const result = await signIn();
    if (result === null) await this.count(address);
    return result;
  }

  private async count(address: string): Promise<void> {
    const limits: ReadonlyArray<[source: string, limit: number]> = [
      [sha256(address), PER_ADDRESS],
      // The row that all instances write is locked last, and for as short as possible.
      [EVERYONE, ALTOGETHER],
    ];
    for (const [source] of limits) this.refuseIfKnown(source);
    const excess = await this.database.writeLocking(async (trx) => {
      for (const [source, limit] of limits) {
        const { failures, leftMs } = await this.add(trx, source);
        if (failures > limit) return { source, leftMs };
      }
      return null;
    });
    if (excess) this.refuse(excess);
  }

  private refuseIfKnown(source: string): void {
    const leftMs = (this.refused.get(source) ?? 0) - performance.now();
    if (leftMs > 0) throw tooMany(leftMs);
  }

  private refuse({ source, leftMs }: Excess): never {
    const now = performance.now();
    for (const [one, until] of this.refused) if (until <= now) this.refused.delete(one);
    this.refused.set(source, now + leftMs);
    throw tooMany(leftMs);
  }

  /** Counts one failure in the window that is open, or opens one. */
  private async add(
    trx: Transaction<Tables>,
    source: string,
  ): Promise<{ failures: number; leftMs: number }> {
    const now = this.database.engine.now();
    const isOver = sql<boolean>`failed_sign_ins.ends_at <= ${now}`;
    const row = await trx
      .insertInto('failed_sign_ins')
      .values({ source, failures: 1, ends_at: sql<number>`${now} + ${WINDOW_MS}` })
      .onConflict((conflict) =>
        conflict.column('source').doUpdateSet({
          failures: sql<number>`case when ${isOver} then 1 else failed_sign_ins.failures + 1 end`,
          ends_at: sql<number>`case when ${isOver} then ${now} + ${WINDOW_MS}
            else failed_sign_ins.ends_at end`,
        }),
      )
      .returning(['failures', sql<number>`ends_at - ${now}`.as('leftMs')])
      .executeTakeFirstOrThrow();
    if (row.failures === 1) await this.sweep(trx);
    return row;
  }

  /** Those that another transaction is counting are left to it. */
  private async sweep(trx: Transaction<Tables>): Promise<void> {
    const { engine } = this.database;
    const over = trx
      .selectFrom('failed_sign_ins')
      .select('source')
      .where('ends_at', '<=', engine.now());
    await trx.deleteFrom('failed_sign_ins').where('source', 'in', engine.lockFree(over)).execute();
  }
}

function tooMany(leftMs: number): Problem {
  return new Problem('rate_limited', 'Too many failed attempts to sign in. Wait a moment.', {
    retryAfterSeconds: Math.ceil(leftMs / 1000),
  });
}

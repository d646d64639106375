import type { Transaction } from 'kysely';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { KeptStatements } from '../../database/kept-statements.js';
import { sweepInPieces } from '../../database/pieces.js';
import type { Tables } from '../../database/schema.js';
import { Clock } from '../../shared/clock.js';

export type Redemption = 'redeemed' | 'unknown' | 'used' | 'expired' | 'foreign';

/**
 * The one-use tokens of media streams. They are made with the answer that names the
 * stream (`RunDraft.mintToken`).
 */
@Injectable()
export class StreamTokens {
  private readonly kept = new KeptStatements();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Spends the token if it belongs to this call, is unspent and has not expired; of two
   * attempts at once, one succeeds.
   * @param callId null where the carrier does not send it: then only the run is compared
   */
  async redeem(tokenHash: string, runId: number, callId: string | null): Promise<Redemption> {
    return this.database.write((trx) => this.redeemIn(trx, tokenHash, runId, callId));
  }

  /** The same as a part of a transaction. */
  async redeemIn(
    trx: Transaction<Tables>,
    tokenHash: string,
    runId: number,
    callId: string | null,
  ): Promise<Redemption> {
    const now = this.clock.now().getTime();
    const ids = callId === null ? [runId] : [runId, callId];
    const spent = await this.kept.run(
      trx,
      callId === null ? 'of a run' : 'of a call',
      [now, tokenHash, ...ids, now],
      () =>
        trx
          .updateTable('stream_tokens')
          .set({ redeemed_at: now })
          .where('token_hash', '=', tokenHash)
          .where('run_id', '=', runId)
          .$if(callId !== null, (query) => query.where('provider_call_id', '=', callId))
          .where('redeemed_at', 'is', null)
          .where('expires_at', '>', now)
          .returning('run_id'),
    );
    if (spent.length === 1) return 'redeemed';
    const token = await trx
      .selectFrom('stream_tokens')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    if (!token) return 'unknown';
    if (token.run_id !== runId || (callId !== null && token.provider_call_id !== callId)) {
      return 'foreign';
    }
    return token.redeemed_at === null ? 'expired' : 'used';
  }

  /** Deletes tokens that expired more than a day ago. */
  async sweep(): Promise<void> {
    const yesterday = this.clock.now().getTime() - 86_400_000;
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('stream_tokens')
          .where('token_hash', 'in', (expired) =>
            expired
              .selectFrom('stream_tokens')
              .select('token_hash')
              .where('expires_at', '<', yesterday)
              .limit(limit),
          )
          .executeTakeFirst();
        return numDeletedRows;
      }),
    );
  }
}

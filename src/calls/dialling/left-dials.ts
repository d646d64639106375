import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import { DialTurns } from './dial-turns.js';

/** How many runs are put into the queue at a time. */
const ADOPTED = 20;

/**
 * Runs that an instance of version 0.2.0 has left undialled. It has its queue in memory, and its
 * runs have no turn in the queue that the instances of this version share.
 */
@Injectable()
export class LeftDials {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  /** Puts the runs at these accounts whose instance is gone into the queue. Called once a second. */
  async adopt(accounts: readonly string[]): Promise<void> {
    if (accounts.length === 0) return;
    const isSome = await this.database.read((db) => this.left(db, accounts).limit(1).execute());
    if (isSome.length === 0) return;
    const { engine } = this.database;
    await this.database.writeLocking(async (trx) => {
      await engine.lockCreations(trx);
      const runs = await engine.lock(this.left(trx, accounts).limit(ADOPTED)).execute();
      const turns = new DialTurns(trx, engine);
      for (const { run_id, user_id, account_key } of runs) {
        const dial_turn = await turns.force(account_key, user_id);
        await trx.updateTable('runs').set({ dial_turn }).where('run_id', '=', run_id).execute();
      }
      await turns.save();
    });
  }

  private left(db: Kysely<Tables>, accounts: readonly string[]) {
    return db
      .selectFrom('runs')
      .select(['run_id', 'user_id', 'account_key'])
      .where('dial_turn', 'is', null)
      .where('ended_at', 'is', null)
      .where('dialled_at', 'is', null)
      .where('provider_call_id', 'is', null)
      .where('direction', '=', 'outbound')
      .where('account_key', 'in', accounts)
      .where((is) => is.or([is('dial_instance', 'is', null), this.leases.isGone('dial_instance')]))
      .orderBy('run_id');
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { isUniqueViolation } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';

/** A number of ours in a carrier's account, and the workflow that answers it. */
export interface PhoneNumber {
  /** The key of the account that has it. */
  account: string;
  provider: string;
  /** E.164, or a SIP address as `claimableParty` writes it. */
  number: string;
  workflowId: number;
}

export type NumberName = Pick<PhoneNumber, 'number' | 'account'>;

@Injectable()
export class PhoneNumbers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * By number, then account.
   * @param after the last one of the page before
   */
  async list(after: NumberName | null = null, limit?: number): Promise<PhoneNumber[]> {
    const rows = await this.database.read((db) => {
      let query = db
        .selectFrom('phone_numbers')
        .selectAll()
        .orderBy('number')
        .orderBy('account_key');
      if (after) {
        query = query.where((where) =>
          where.or([
            where('number', '>', after.number),
            where.and([
              where('number', '=', after.number),
              where('account_key', '>', after.account),
            ]),
          ]),
        );
      }
      if (limit !== undefined) query = query.limit(limit);
      return query.execute();
    });
    return rows.map(numberOf);
  }

  /** False when the number is claimed already. */
  async claim(number: PhoneNumber): Promise<boolean> {
    try {
      await this.database.write((trx) =>
        trx
          .insertInto('phone_numbers')
          .values({
            account_key: number.account,
            provider: number.provider,
            number: number.number,
            workflow_id: number.workflowId,
            created_at: this.clock.now().getTime(),
          })
          .execute(),
      );
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** The accounts that have a number, in order of their keys. */
  async accountsOf(number: string): Promise<string[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('phone_numbers')
        .select('account_key')
        .where('number', '=', number)
        .orderBy('account_key')
        .execute(),
    );
    return rows.map((row) => row.account_key);
  }

  /** From now on another workflow answers it; no call in between is turned away. Null where nobody has claimed it. */
  async lead({ number, account }: NumberName, workflowId: number): Promise<PhoneNumber | null> {
    const row = await this.database.write((trx) =>
      trx
        .updateTable('phone_numbers')
        .set({ workflow_id: workflowId })
        .where('number', '=', number)
        .where('account_key', '=', account)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? numberOf(row) : null;
  }

  /** False where nobody had claimed it. */
  async release({ number, account }: NumberName): Promise<boolean> {
    const result = await this.database.write((trx) =>
      trx
        .deleteFrom('phone_numbers')
        .where('number', '=', number)
        .where('account_key', '=', account)
        .executeTakeFirst(),
    );
    return result.numDeletedRows > 0n;
  }
}

function numberOf(row: {
  account_key: string;
  provider: string;
  number: string;
  workflow_id: number;
}): PhoneNumber {
  return {
    account: row.account_key,
    provider: row.provider,
    number: row.number,
    workflowId: row.workflow_id,
  };
}

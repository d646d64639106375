import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Database } from '../database/database.js';
import type { Tables } from '../database/schema.js';
import { isUniqueViolation } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { Sealer } from '../shared/sealing/sealer.js';
import {
  AccountRows,
  columnsOf,
  type AccountRow,
  type CarrierAccountFields,
  type StoredCarrierAccount,
} from './carrier-account-rows.js';
import { routesIn } from './workflow-routes.js';

export const ACCOUNTS_MAX = 100;

export type CreateAccountResult =
  | { kind: 'created'; account: StoredCarrierAccount }
  /** There is one of this key. */
  | { kind: 'exists' }
  /** There are {@link ACCOUNTS_MAX}. */
  | { kind: 'full' }
  /** No key is configured to encrypt the secrets with. */
  | { kind: 'no-key' };

/** The accounts at carriers that are kept in the store, their secrets encrypted. */
@Injectable()
export class CarrierAccounts {
  private readonly rows: AccountRows;

  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
  ) {
    this.rows = new AccountRows(sealer);
  }

  /** Whether secrets can be encrypted at all. */
  get canSeal(): boolean {
    return this.sealer.hasKey;
  }

  /** In the order in which they were made. */
  async list(): Promise<StoredCarrierAccount[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('carrier_accounts')
        .selectAll()
        .orderBy('created_at')
        .orderBy('account_key')
        .execute(),
    );
    return rows.map((row) => this.rows.read(row));
  }

  /** Changes whenever an account does. Asked every two seconds. */
  async revision(): Promise<string> {
    const rows = await this.database.read((db) =>
      db.selectFrom('carrier_accounts').select('revision').orderBy('revision').execute(),
    );
    return rows.map(({ revision }) => revision).join(' ');
  }

  async find(key: string): Promise<StoredCarrierAccount | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('carrier_accounts')
        .selectAll()
        .where('account_key', '=', key)
        .executeTakeFirst(),
    );
    return row ? this.rows.read(row) : null;
  }

  async create(
    account: { key: string; provider: string; accountId: string },
    fields: CarrierAccountFields,
  ): Promise<CreateAccountResult> {
    const { key, provider, accountId } = account;
    const sealed = this.rows.seal(key, fields.secrets);
    if (sealed === null) return { kind: 'no-key' };
    const now = this.clock.now().getTime();
    const row: AccountRow = {
      account_key: key,
      provider,
      account_id: accountId,
      ...columnsOf(fields),
      sealed_secrets: sealed,
      revision: randomUUID(),
      created_at: now,
      updated_at: now,
    };
    try {
      const isMade = await this.database.write(async (trx) => {
        const { count } = await trx
          .selectFrom('carrier_accounts')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow();
        if (count >= ACCOUNTS_MAX) return false;
        await trx.insertInto('carrier_accounts').values(row).execute();
        return true;
      });
      return isMade ? { kind: 'created', account: this.rows.read(row) } : { kind: 'full' };
    } catch (error) {
      if (isUniqueViolation(error)) return { kind: 'exists' };
      throw error;
    }
  }

  /**
   * Changes the account as it was read; null when somebody else has changed or deleted it since, or
   * there is no key to encrypt with.
   */
  async update(
    account: StoredCarrierAccount,
    fields: CarrierAccountFields,
  ): Promise<StoredCarrierAccount | null> {
    const sealed = this.rows.seal(account.key, fields.secrets);
    if (sealed === null) return null;
    return this.write(account, { ...columnsOf(fields), sealed_secrets: sealed });
  }

  /** As {@link update}, for an account whose secrets stay as they are, readable or not. */
  async updateBesideSecrets(
    account: StoredCarrierAccount,
    fields: Omit<CarrierAccountFields, 'secrets'>,
  ): Promise<StoredCarrierAccount | null> {
    return this.write(account, columnsOf(fields));
  }

  /**
   * Encrypts with the present key what was encrypted with the one before. While keys are being
   * changed only an instance with the newer key does so: two would undo each other's work.
   */
  async sealAnew(): Promise<void> {
    await this.database.write(async (trx) => {
      if (!(await this.hasNamedKey(trx))) return;
      const rows = await trx.selectFrom('carrier_accounts').selectAll().execute();
      for (const row of rows) {
        const sealed = this.rows.sealAnew(row);
        if (sealed === null) continue;
        // What the account is has not changed, so its revision stays.
        await trx
          .updateTable('carrier_accounts')
          .set({ sealed_secrets: sealed })
          .where('account_key', '=', row.account_key)
          .where('revision', '=', row.revision)
          .execute();
      }
    });
  }

  /**
   * `in-use`: a number of the account is claimed, a call of it is in progress, or these workflows have a
   * route through it.
   */
  async delete(
    key: string,
  ): Promise<{ kind: 'deleted' | 'not-found' } | { kind: 'in-use'; routedBy: number[] }> {
    return this.database.writeLocking(async (trx) => {
      // No call begins meanwhile.
      await this.database.engine.lockCreations(trx);
      const number = await trx
        .selectFrom('phone_numbers')
        .select('number')
        .where('account_key', '=', key)
        .limit(1)
        .executeTakeFirst();
      const run = await trx
        .selectFrom('runs')
        .select('run_id')
        .where('account_key', '=', key)
        .where('ended_at', 'is', null)
        .limit(1)
        .executeTakeFirst();
      const routedBy = await this.routedBy(trx, key);
      if (number || run || routedBy.length > 0) {
        const known = await trx
          .selectFrom('carrier_accounts')
          .select('account_key')
          .where('account_key', '=', key)
          .executeTakeFirst();
        return known ? { kind: 'in-use', routedBy } : { kind: 'not-found' };
      }
      const { numDeletedRows } = await trx
        .deleteFrom('carrier_accounts')
        .where('account_key', '=', key)
        .executeTakeFirst();
      return { kind: numDeletedRows > 0n ? 'deleted' : 'not-found' };
    });
  }

  /** The workflows that have a route through an account, by id. */
  private async routedBy(trx: Transaction<Tables>, key: string): Promise<number[]> {
    const rows = await trx
      .selectFrom('workflows')
      .select(['workflow_id', 'routes'])
      .where('deleted_at', 'is', null)
      .where('routes', 'like', `%${JSON.stringify(key)}%`)
      .orderBy('workflow_id')
      .execute();
    // An underscore stands for any character there.
    return rows
      .filter(({ routes }) => routesIn(routes).some(({ account }) => account === key))
      .map((row) => row.workflow_id);
  }

  private async write(
    { key, revision }: StoredCarrierAccount,
    columns: Partial<AccountRow>,
  ): Promise<StoredCarrierAccount | null> {
    const row = await this.database.write((trx) =>
      trx
        .updateTable('carrier_accounts')
        .set({ ...columns, revision: randomUUID(), updated_at: this.clock.now().getTime() })
        .where('account_key', '=', key)
        .where('revision', '=', revision)
        .returningAll()
        .executeTakeFirst(),
    );
    return row ? this.rows.read(row) : null;
  }

  /** Whether ours is the key of the instances on this store; on SQLite there is no other. */
  private async hasNamedKey(trx: Transaction<Tables>): Promise<boolean> {
    if (this.sealer.keyHash === null) return false;
    if (this.database.exclusive) return true;
    const cell = await trx.selectFrom('cell').select('key_hash').executeTakeFirst();
    return cell?.key_hash === this.sealer.keyHash;
  }
}

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { sql, type RawBuilder, type SqlBool, type Transaction } from 'kysely';
import { Instance } from '../cluster/instance.js';
import { Database } from '../database/database.js';
import type { Tables } from '../database/schema.js';
import { unlessUnavailable } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { ADMIN_USER_ID, SETTINGS_KEY_NAME } from './api-keys.js';

/** How long a replaced key stays valid at most, however many instances still carry it. */
const REPLACED_MS = 3_600_000;
const SETTLE_MS = 10_000;

interface KeyRow {
  key_id: number;
  key_hash: string;
  revoked_at: number | null;
  replaced_at: number | null;
  /** Whether it was replaced too long ago; 0 or 1 on SQLite, null while it was not replaced. */
  is_over: SqlBool | null;
}

/** The key hashes that other living instances carry; null stands for one that does not tell. */
type Carried = ReadonlySet<string | null>;

/**
 * User 1's keys from the settings of all instances on the store. The newest is *current*. One that
 * it replaced stays valid while another living instance carries it, so that a new value can be
 * rolled out instance by instance; after an hour it ends in any case. An instance that starts
 * with a replaced value therefore takes nothing from the others; it brings its value back once
 * nobody carries the current one.
 */
@Injectable()
export class SettingsKeys implements OnApplicationShutdown {
  private loop: Loop | null = null;
  private isOutdated = false;

  constructor(
    private readonly database: Database,
    private readonly instance: Instance,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Makes the key of this instance valid by the rule above, and looks after the others from then
   * on. Where this instance has the store to itself, its key is the only one at once.
   *
   * @throws StoreUnavailableError
   */
  async use(hash: string): Promise<void> {
    await this.settle(hash);
    if (this.database.exclusive) return;
    const noteFailed = unlessUnavailable((error) => {
      this.log.error('api_key.failed', { error });
    });
    this.loop ??= every(SETTLE_MS, () => this.settle(hash), noteFailed);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  private async settle(hash: string): Promise<void> {
    const isValid = await this.database.writeLocking(async (trx) => {
      // Two instances that settle at once would each miss what the other adds.
      await this.database.engine
        .lock(trx.selectFrom('users').select('user_id').where('user_id', '=', ADMIN_USER_ID))
        .execute();
      const keys = await this.keys(trx);
      const carried = await this.carriedByOthers(trx);
      const verdict = judge(hash, keys, carried);
      if (verdict.makesCurrent) await this.makeCurrent(trx, hash);
      await this.update(trx, verdict.replaced, { replaced_at: this.database.engine.now() });
      await this.update(trx, verdict.ended, { revoked_at: this.clock.now().getTime() });
      return verdict.isValid;
    });
    if (!isValid && !this.isOutdated) {
      this.log.warn('api_key.outdated', {
        fix: 'The other instances have a newer API_KEY: give this one the same.',
      });
    }
    this.isOutdated = !isValid;
  }

  private async keys(trx: Transaction<Tables>): Promise<KeyRow[]> {
    const isOver = sql<SqlBool>`replaced_at <= ${this.database.engine.now()} - ${REPLACED_MS}`;
    return trx
      .selectFrom('api_keys')
      .select(['key_id', 'key_hash', 'revoked_at', 'replaced_at', isOver.as('is_over')])
      .where('user_id', '=', ADMIN_USER_ID)
      .where('name', '=', SETTINGS_KEY_NAME)
      .execute();
  }

  private async carriedByOthers(trx: Transaction<Tables>): Promise<Carried> {
    const rows = await trx
      .selectFrom('instances')
      .select('key_hash')
      .where('instance_id', '!=', this.instance.id)
      .where('lease_until', '>', this.database.engine.now())
      // Whoever had a SQLite store's lock before us is gone, however fresh its lease is.
      .$if(this.database.exclusive, (query) => query.where('exclusive', '=', 0))
      .execute();
    return new Set(rows.map(({ key_hash: hash }) => hash));
  }

  private async makeCurrent(trx: Transaction<Tables>, hash: string): Promise<void> {
    await trx
      .insertInto('api_keys')
      .values({
        user_id: ADMIN_USER_ID,
        name: SETTINGS_KEY_NAME,
        key_hash: hash,
        created_at: this.clock.now().getTime(),
        revoked_at: null,
        replaced_at: null,
      })
      .onConflict((conflict) =>
        conflict.column('key_hash').doUpdateSet({ revoked_at: null, replaced_at: null }),
      )
      .execute();
  }

  private async update(
    trx: Transaction<Tables>,
    keys: readonly KeyRow[],
    values: { replaced_at: RawBuilder<number> } | { revoked_at: number },
  ): Promise<void> {
    if (keys.length === 0) return;
    const ids = keys.map(({ key_id: id }) => id);
    await trx.updateTable('api_keys').set(values).where('key_id', 'in', ids).execute();
  }
}

/** What becomes of the keys when an instance with the key `hash` looks at them. */
function judge(hash: string, keys: readonly KeyRow[], carried: Carried) {
  const carries = (key: KeyRow): boolean => carried.has(key.key_hash) || carried.has(null);
  const mine = keys.find((key) => key.key_hash === hash);
  const others = keys.filter((key) => key !== mine && key.revoked_at === null);
  const isCurrent = mine !== undefined && mine.revoked_at === null && !isReplaced(mine);
  const makesCurrent =
    !isCurrent && (!mine || !others.some((key) => !isReplaced(key) && carries(key)));
  const replaced = isCurrent || makesCurrent ? others.filter((key) => !isReplaced(key)) : [];
  const ended = others.filter(
    (key) => (isReplaced(key) || replaced.includes(key)) && (Boolean(key.is_over) || !carries(key)),
  );
  const isOver = mine !== undefined && Boolean(mine.is_over) && !makesCurrent;
  if (mine && isOver && mine.revoked_at === null) ended.push(mine);
  const isValid = isCurrent || makesCurrent || (mine?.revoked_at === null && !isOver);
  return { makesCurrent, replaced, ended, isValid };
}

function isReplaced({ replaced_at: at }: KeyRow): boolean {
  return at !== null;
}

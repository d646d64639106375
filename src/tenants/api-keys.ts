import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';
import { sha256 } from '../shared/sha256.js';

/** Who is calling our API. */
export interface Caller {
  userId: number;
  keyId: number;
}

export interface ApiKey {
  keyId: number;
  name: string;
  createdAt: Date;
}

/** User 1 administers the others. Their key comes from `API_KEY` or was generated at the first start. */
export const ADMIN_USER_ID = 1;

/** The name under which the administrator's key from the settings is stored. One at a time is current; see `SettingsKeys`. */
export const SETTINGS_KEY_NAME = 'API_KEY';

/** How long a key that was found is accepted without asking the store, in milliseconds. */
const CACHE_MS = 5_000;
const CACHE_LIMIT = 1_000;

/** `pbk_` and 32 random bytes. */
export function generateApiKey(): string {
  return `pbk_${randomBytes(32).toString('base64url')}`;
}

/**
 * Keys carry 256 random bits, so one round of SHA-256 hides them well enough,
 * and looking the hash up compares nothing byte by byte.
 */
export function hashApiKey(key: string): string {
  return sha256(key);
}

/** The keys of users. A key is shown once, when it is made. Only its hash is stored. */
@Injectable()
export class ApiKeys {
  private readonly known = new Map<string, { caller: Caller; until: number }>();
  /** Counts up with every revocation, because a key that was read before one must not be remembered after it. */
  private revocations = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Null for a key that is unknown or revoked. */
  async authenticate(key: string): Promise<Caller | null> {
    const hash = hashApiKey(key);
    const now = this.clock.now().getTime();
    const cached = this.known.get(hash);
    if (cached && cached.until > now) return cached.caller;
    const { revocations } = this;
    const row = await this.database.read((db) =>
      db
        .selectFrom('api_keys')
        .select(['key_id', 'user_id'])
        .where('key_hash', '=', hash)
        .where('revoked_at', 'is', null)
        .executeTakeFirst(),
    );
    if (!row) {
      this.known.delete(hash);
      return null;
    }
    const caller = { userId: row.user_id, keyId: row.key_id };
    if (this.known.size >= CACHE_LIMIT) this.known.clear();
    if (revocations === this.revocations) this.known.set(hash, { caller, until: now + CACHE_MS });
    return caller;
  }

  /** User 1 as identified by the settings key, for code that does not have the key; null while the store has none yet. */
  async administrator(): Promise<Caller | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('api_keys')
        .select('key_id')
        .where('user_id', '=', ADMIN_USER_ID)
        .where('name', '=', SETTINGS_KEY_NAME)
        .where('revoked_at', 'is', null)
        .where('replaced_at', 'is', null)
        .executeTakeFirst(),
    );
    return row ? { userId: ADMIN_USER_ID, keyId: row.key_id } : null;
  }

  /** Makes a key. The key itself is known only here. */
  async issue(userId: number, name: string): Promise<{ keyId: number; key: string }> {
    const key = generateApiKey();
    const row = await this.database.write((trx) =>
      trx
        .insertInto('api_keys')
        .values({
          user_id: userId,
          name,
          key_hash: hashApiKey(key),
          created_at: this.clock.now().getTime(),
          revoked_at: null,
        })
        .returning('key_id')
        .executeTakeFirstOrThrow(),
    );
    return { keyId: row.key_id, key };
  }

  /** False if the user has no such key in use. */
  async revoke(userId: number, keyId: number): Promise<boolean> {
    const result = await this.database.write((trx) =>
      trx
        .updateTable('api_keys')
        .set({ revoked_at: this.clock.now().getTime() })
        .where('user_id', '=', userId)
        .where('key_id', '=', keyId)
        .where('revoked_at', 'is', null)
        .executeTakeFirst(),
    );
    // The key is refused at once, and not only when its cache entry has expired.
    this.revocations += 1;
    this.known.clear();
    return result.numUpdatedRows > 0n;
  }

  async list(userIds: number[]): Promise<Map<number, ApiKey[]>> {
    const keys = new Map<number, ApiKey[]>(userIds.map((userId) => [userId, []]));
    if (userIds.length === 0) return keys;
    const rows = await this.database.read((db) =>
      db
        .selectFrom('api_keys')
        .select(['key_id', 'user_id', 'name', 'created_at'])
        .where('user_id', 'in', userIds)
        .where('revoked_at', 'is', null)
        .orderBy('key_id')
        .execute(),
    );
    for (const row of rows) {
      keys.get(row.user_id)?.push({
        keyId: row.key_id,
        name: row.name,
        createdAt: new Date(row.created_at),
      });
    }
    return keys;
  }
}

import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';
import { sha256 } from '../shared/sha256.js';
import type { Caller } from './api-keys.js';

/** Counted from the sign-in, however much the session is used. */
export const SESSION_SECONDS = 12 * 60 * 60;
/** The sessions of one key at a time. One more signs out the oldest. */
const SESSIONS_PER_KEY = 50;

/**
 * Browsers that have signed in. A session stands for the key that signed in and
 * ends with it. The cookie's value has 256 random bits, like a key, and only its
 * hash is stored.
 */
@Injectable()
export class ConsoleSessions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Returns the cookie's value, which is never returned again. */
  async begin(keyId: number): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now().getTime();
    await this.database.write(async (trx) => {
      // Sign-ins are rare, so expired sessions are deleted here.
      await trx.deleteFrom('console_sessions').where('expires_at', '<=', now).execute();
      const kept = trx
        .selectFrom('console_sessions')
        .select('token_hash')
        .where('key_id', '=', keyId)
        .orderBy('created_at', 'desc')
        .limit(SESSIONS_PER_KEY - 1);
      await trx
        .deleteFrom('console_sessions')
        .where('key_id', '=', keyId)
        .where('token_hash', 'not in', kept)
        .execute();
      await trx
        .insertInto('console_sessions')
        .values({
          token_hash: sha256(token),
          key_id: keyId,
          created_at: now,
          expires_at: now + SESSION_SECONDS * 1000,
        })
        .execute();
    });
    return token;
  }

  /** Null for a session that is unknown, expired or signed out, or whose key was revoked. */
  async find(token: string): Promise<Caller | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('console_sessions')
        .innerJoin('api_keys', 'api_keys.key_id', 'console_sessions.key_id')
        .select(['api_keys.key_id', 'api_keys.user_id'])
        .where('console_sessions.token_hash', '=', sha256(token))
        .where('console_sessions.expires_at', '>', this.clock.now().getTime())
        .where('api_keys.revoked_at', 'is', null)
        .executeTakeFirst(),
    );
    return row ? { userId: row.user_id, keyId: row.key_id } : null;
  }

  async end(token: string): Promise<void> {
    await this.database.write((trx) =>
      trx.deleteFrom('console_sessions').where('token_hash', '=', sha256(token)).execute(),
    );
  }
}

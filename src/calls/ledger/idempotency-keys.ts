import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Database } from '../../database/database.js';
import { pieces, sweepInPieces } from '../../database/pieces.js';
import type { Tables } from '../../database/schema.js';
import type { CallRun } from './call-run.js';
import { runFromRow } from './run-rows.js';

/** What a client's key is bound to. */
export interface BoundKey {
  runId: number;
  /** The hash of the request that made the run. */
  bodyHash: string;
}

/** The keys with which clients mark two requests as the same. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly database: Database) {}

  /** The run to which a client's key is bound, and the hash of the body that came with the key. */
  async find(userId: number, key: string): Promise<{ run: CallRun; bodyHash: string } | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('idempotency_keys')
        .innerJoin('runs', 'runs.run_id', 'idempotency_keys.run_id')
        .selectAll('runs')
        .select('idempotency_keys.body_hash')
        .where('idempotency_keys.user_id', '=', userId)
        .where('idempotency_keys.idempotency_key', '=', key)
        .executeTakeFirst(),
    );
    return row ? { run: runFromRow(row), bodyHash: row.body_hash } : null;
  }

  /** Deletes keys that are older than `before`. */
  async sweep(before: Date): Promise<void> {
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('idempotency_keys')
          .where((where) =>
            where(
              where.refTuple('user_id', 'idempotency_key'),
              'in',
              where
                .selectFrom('idempotency_keys')
                .select(['user_id', 'idempotency_key'])
                .where('created_at', '<', before.getTime())
                .limit(limit)
                .$asTuple('user_id', 'idempotency_key'),
            ),
          )
          .executeTakeFirst();
        return numDeletedRows;
      }),
    );
  }
}

export interface UserKey {
  userId: number;
  key: string;
}

/** The keys that are already bound, with what they are bound to. */
export async function boundKeys(
  trx: Transaction<Tables>,
  keys: readonly UserKey[],
): Promise<Array<UserKey & BoundKey>> {
  if (keys.length === 0) return [];
  const rows = await trx
    .selectFrom('idempotency_keys')
    .select(['user_id', 'idempotency_key', 'run_id', 'body_hash'])
    .where((is) =>
      is.or(keys.map(({ userId, key }) => is.and({ user_id: userId, idempotency_key: key }))),
    )
    .execute();
  return rows.map((row) => ({
    userId: row.user_id,
    key: row.idempotency_key,
    runId: row.run_id,
    bodyHash: row.body_hash,
  }));
}

/** Binds free keys to runs of their users, in the transaction that makes the runs. */
export async function bindKeys(
  trx: Transaction<Tables>,
  keys: ReadonlyArray<UserKey & BoundKey>,
  now: Date,
): Promise<void> {
  for (const some of pieces(keys)) {
    await trx
      .insertInto('idempotency_keys')
      .values(
        some.map(({ userId, key, runId, bodyHash }) => ({
          user_id: userId,
          idempotency_key: key,
          body_hash: bodyHash,
          run_id: runId,
          created_at: now.getTime(),
        })),
      )
      .execute();
  }
}

import type { Kysely } from 'kysely';
import { sealingKeyHash, type SealingKeys } from '../shared/sealing/aes-sealer.js';
import { StartError } from '../shared/start-error.js';
import type { Tables } from './schema.js';

const LOST =
  'If it is lost, what was encrypted with it is lost too; to go on with another key: update cell set key_hash = null.';

/**
 * Keeps an instance off a PostgreSQL store whose other instances have another `CREDENTIALS_KEY`:
 * neither could read what the other encrypts. The first instance with a key names it; one that
 * still opens what the named key has encrypted names its own in its place.
 *
 * An instance that is alone may have any key: what it cannot read, the accounts of the store above
 * all, is disabled and named by the doctor, and nothing else depends on it.
 *
 * @param keys null: this instance has none
 * @param isAlone whether no other instance lives; default: another may
 * @throws StartError for an instance with another key, and for one without a key where others
 *   have one
 */
export async function admitKeys(
  db: Kysely<Tables>,
  keys: SealingKeys | null,
  isAlone = false,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('cell')
      .select('key_hash')
      .forUpdate()
      .executeTakeFirstOrThrow();
    const named = row.key_hash;
    const ours = keys && sealingKeyHash(keys.current);
    if (named === ours) return;
    if (named !== null && (keys === null || !isAlone)) refuseUnlessOpens(named, keys);
    await trx.updateTable('cell').set({ key_hash: ours }).execute();
  });
}

function refuseUnlessOpens(named: string, keys: SealingKeys | null): void {
  if (keys === null) {
    throw new StartError(
      'CREDENTIALS_KEY',
      'the instances on this store encrypt with a CREDENTIALS_KEY, and this one has none',
      `Set it to theirs. ${LOST}`,
    );
  }
  if (keys.previous !== null && sealingKeyHash(keys.previous) === named) return;
  throw new StartError(
    'CREDENTIALS_KEY',
    'the instances on this store encrypt with another CREDENTIALS_KEY than this one',
    `Set it to theirs. To change it, set CREDENTIALS_KEY_PREVIOUS to the new key at every instance first, and then exchange the two. ${LOST}`,
  );
}

import type { StoreKind } from '../../database/database.js';
import { appliedTo } from '../../database/migrate.js';
import { migrations } from '../../database/migrations.js';
import { packageVersion } from '../../shared/package-version.js';
import { down, skipped, up, warn, type Check, type Finding } from '../check.js';

const KIND: StoreKind = 'postgres';

/** Is the schema of the store the one that this release knows? On SQLite each start migrates. */
export const migrationsCheck: Check = {
  name: 'migrations',
  title: 'The schema of the store',
  group: 'Set-up',
  appliesTo: ({ database }) => database.kind === KIND,
  async look({ database, storeIsUp }) {
    if (!(await storeIsUp())) return skipped('Not looked at: `store` is down.');
    const applied = await database.read((db) => appliedTo(db, KIND));
    return judgeMigrations(applied, Object.keys(migrations(KIND)), packageVersion());
  },
};

/** @param known the migrations of our release, in order */
export function judgeMigrations(
  applied: readonly string[],
  known: readonly string[],
  version: string,
): Finding {
  const missing = known.filter((name) => !applied.includes(name));
  const newer = applied.filter((name) => !known.includes(name)).sort();
  const detail = { newest: known.at(-1) ?? null, missing, newer };
  if (missing.length > 0) {
    return down(
      `The schema of the store lacks ${missing.join(', ')}.`,
      'Run `npm run migrate` of this release: it works beside running instances.',
      detail,
    );
  }
  if (newer.length > 0) {
    return warn(
      `The store was migrated by a later release (${newer.join(', ')}) than this one (${version}).`,
      'Finish the update: replace the instances of this release. It may go on beside the later one until then.',
      detail,
    );
  }
  return up(`The schema is that of this release (${detail.newest}).`, detail);
}

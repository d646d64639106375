import { livingInstances, missingMigrations } from '../../../src/database/migrate.js';
import { migrations } from '../../../src/database/migrations.js';
import { explainPostgres, placeOf } from '../../../src/database/postgres-faults.js';
import { explainSqlite } from '../../../src/database/sqlite-faults.js';
import { down, skipped, up, warn, type Check, type Finding } from '../../../src/doctor/check.js';
import { asSentence } from '../../../src/shared/sentence.js';
import { StartError } from '../../../src/shared/start-error.js';
import { isHeld, NoStoreError, withStore, type OwnStore, type StoreKeys } from './own-store.js';

/** Can the store be read, is its schema one that a start takes, and who else has it? */
export const ownStoreCheck: Check<{ settings: StoreKeys }> = {
  name: 'store',
  title: 'The store',
  group: 'Set-up',
  async look({ settings }) {
    try {
      const found = await withStore(settings, judgeSchema);
      return found.status === 'up' && isHeld(settings) ? held() : found;
    } catch (error) {
      if (error instanceof NoStoreError) {
        return skipped(
          'DATA_DIR has no store yet: the first start makes it.',
          'If the service has run before, set DATA_DIR, or DATABASE_URL, as the service has it.',
        );
      }
      if (error instanceof StartError) return down(asSentence(error.seen), error.fix);
      const fault = faultOf(error, settings);
      if (!fault) throw error;
      return down(asSentence(fault.cause), fault.fix);
    }
  },
};

async function judgeSchema({ db, kind }: OwnStore): Promise<Finding> {
  const missing = await missingMigrations(db, kind);
  const known = Object.keys(migrations(kind));
  const others = kind === 'postgres' ? await livingInstances(db) : 0;
  const detail = { kind, newest: known.at(-1) ?? null, missing, living_instances: others };
  const name = kind === 'postgres' ? 'PostgreSQL' : 'The store in DATA_DIR';
  const living = others === 0 ? '' : ` Elsewhere ${others} instance(s) live on it.`;
  if (missing.length === 0) {
    return up(`${name} can be read, and its schema is one of this release.${living}`, detail);
  }
  if (missing.length === known.length) {
    return up(`${name} is empty: the first start makes its tables.`, detail);
  }
  return warn(
    `The schema lacks ${missing.join(', ')}.${living}`,
    others === 0
      ? 'Nothing: the next start of this release brings it up to date.'
      : 'Run `npm run migrate` of this release: it works beside running instances.',
    detail,
  );
}

function held(): Finding {
  return warn(
    'A process has the store in DATA_DIR to itself, although no gateway answers here.',
    'If it is a service that hangs, end it (see `ports` for who listens). If it listens elsewhere, say where: PORT and HOST, or --url.',
  );
}

function faultOf(error: unknown, { store, cluster }: StoreKeys) {
  const url = cluster.databaseDirectUrl ?? store.databaseUrl;
  if (url !== null) return explainPostgres(error, placeOf(url));
  const fault = explainSqlite(error);
  return fault && { ...fault, cause: `the database in DATA_DIR: ${fault.cause}` };
}

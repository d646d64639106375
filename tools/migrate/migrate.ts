import { migrateBeside, WHY, type MigrationStep } from '../../src/database/migrate-beside.js';
import { missingMigrations } from '../../src/database/migrate.js';
import { explainPostgres, placeOf } from '../../src/database/postgres-faults.js';
import { onUnhurriedConnections } from '../../src/database/unhurried-connections.js';
import { StartError } from '../../src/shared/start-error.js';
import type { MigrateOptions } from './options.js';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_MISSING = 3;

/**
 * Migrates the store behind a URL, or says what is missing.
 *
 * @param say receives lines for a person
 * @returns the exit code
 */
export async function migrate(
  url: string,
  { check, waitSeconds }: MigrateOptions,
  say: (line: string) => void,
): Promise<number> {
  try {
    return await onUnhurriedConnections(url, async (db) => {
      const missing = await missingMigrations(db, 'postgres');
      if (missing.length > 0 && check) {
        say(`Missing: ${missing.join(', ')}`);
        return EXIT_MISSING;
      }
      await migrateBeside(db, { giveUpMs: waitSeconds * 1_000, tell: (step) => say(told(step)) });
      say('The schema is up to date.');
      return 0;
    });
  } catch (error) {
    const fault = error instanceof StartError ? null : explainPostgres(error, placeOf(url));
    if (!fault) throw error;
    say(`${fault.cause}. ${fault.fix}`);
    return EXIT_FAILED;
  }
}

function told(step: MigrationStep): string {
  if (step.step === 'applied') return `${step.name}: applied in ${step.tookMs} ms`;
  return `${step.name}: waits, because ${WHY[step.for]}`;
}

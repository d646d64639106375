import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';

/** Of this worker: its spec files, which run one after the other, share the realm and so this. */
const shared = globalThis as { patchbayMigratedFile?: Promise<Buffer> };

/**
 * Puts an empty store with the newest schema into a directory, which spares its first opening all
 * migrations. They run once per worker, for the first such store.
 */
export async function placeMigratedFile(directory: string): Promise<void> {
  await writeFile(
    join(directory, 'patchbay.db'),
    await (shared.patchbayMigratedFile ??= migrate()),
    { mode: 0o600 },
  );
}

async function migrate(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-migrated-'));
  try {
    const database = new SqliteDatabase(directory);
    await database.open();
    await database.close();
    const copy = join(directory, 'copy.db');
    const file = new Libsql(join(directory, 'patchbay.db'));
    file.exec(`vacuum into '${copy.replaceAll("'", "''")}'`);
    file.close();
    return await readFile(copy);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';

let migrated: Promise<Buffer> | null = null;

/**
 * Puts an empty store with the newest schema into a directory, which spares its first opening all
 * migrations. They run once per spec file, for the first such store.
 */
export async function placeMigratedFile(directory: string): Promise<void> {
  await writeFile(join(directory, 'patchbay.db'), await (migrated ??= migrate()), { mode: 0o600 });
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

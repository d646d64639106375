import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Libsql from 'libsql';

/** A fault that an operator can correct; its message says how. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/**
 * Copies the SQLite store of `dataDir` into `file`, as it is at one moment,
 * while the service continues to write. Everything that was acknowledged before the
 * call is in the copy. `file` appears once it is complete, checked and on the disk.
 *
 * @throws BackupError when there is nothing to copy, or when `file` exists
 */
export function backUp(dataDir: string, file: string): void {
  const source = join(dataDir, 'patchbay.db');
  if (!existsSync(source)) {
    throw new BackupError(`There is no store at ${source}: is DATA_DIR the service's own?`);
  }
  if (existsSync(file)) throw new BackupError(`${file} exists: a backup never overwrites.`);
  if (!existsSync(dirname(file))) throw new BackupError(`There is no directory ${dirname(file)}.`);
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    // The file is created empty here, so that nobody else can read it at any time.
    closeSync(openSync(unfinished, 'wx', 0o600));
    copyInto(source, unfinished);
    assertWhole(unfinished);
    sync(unfinished);
    renameSync(unfinished, file);
    sync(dirname(file));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function copyInto(source: string, target: string): void {
  const store = new Libsql(source);
  try {
    store.exec('pragma busy_timeout = 5000');
    store.prepare('vacuum into ?').run([target]);
  } finally {
    store.close();
  }
}

function assertWhole(path: string): void {
  const copy = new Libsql(path);
  try {
    const [row] = copy.prepare('pragma quick_check').all([]) as Array<{ quick_check: string }>;
    if (row?.quick_check !== 'ok') {
      throw new BackupError(`The copy is not whole: ${row?.quick_check ?? 'nothing in it'}.`);
    }
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

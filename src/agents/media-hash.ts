import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../shared/sha256.js';
import { codeOf } from '../shared/start-error.js';
import { isSoundName } from '../shared/sound-name.js';

/** More are not looked through. */
const FILES_MAX = 10_000;

interface Seen {
  modifiedMs: number;
  size: number;
  hash: string;
}

/**
 * One hash of all sounds in a directory, their names and what is in them, by which instances find
 * out whether they have the same. A file that has not changed is not read again.
 */
export class MediaHash {
  private seen = new Map<string, Seen>();

  constructor(private readonly directory: string) {}

  /**
   * Null where it cannot be told: too many files, or one that cannot be read or is being exchanged.
   * Without a directory it is the hash of an empty one.
   */
  async compute(): Promise<string | null> {
    const names = await this.names();
    if (names === null) return null;
    const seen = new Map<string, Seen>();
    for (const name of names) {
      const one = await this.look(name);
      if (one === null) return null;
      seen.set(name, one);
    }
    this.seen = seen;
    return sha256([...seen].map(([name, { hash }]) => `${name} ${hash}\n`).join(''));
  }

  private async names(): Promise<string[] | null> {
    try {
      const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
      const names = entries
        .filter((entry) => !entry.isDirectory())
        .map(({ parentPath, name }) =>
          relative(this.directory, join(parentPath, name)).replaceAll(sep, '/'),
        )
        .filter(isSoundName)
        .sort();
      return names.length > FILES_MAX ? null : names;
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? [] : null;
    }
  }

  private async look(name: string): Promise<Seen | null> {
    const path = join(this.directory, name);
    try {
      const file = await stat(path);
      // A pipe would hold the reader until somebody writes to it.
      if (!file.isFile()) return null;
      const { mtimeMs: modifiedMs, size } = file;
      const known = this.seen.get(name);
      if (known?.modifiedMs === modifiedMs && known.size === size) return known;
      return { modifiedMs, size, hash: await hashOf(path) };
    } catch {
      return null;
    }
  }
}

/** In small pieces, so that calls go on meanwhile. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { codeOf } from '../../shared/start-error.js';
import { RecordingStore, RecordingStoreError } from './recording-store.js';

const EARLIER = /^(\d{1,16})\.wav$/;

/**
 * Keeps segments as files in a folder, which instances may share through a mount. They
 * hold what people said, so only the service's own user can read them. A location is a path
 * in the folder.
 */
export class FolderStore extends RecordingStore {
  readonly title: string;
  private readonly directory: string;

  constructor(directory: string) {
    super();
    this.directory = resolve(directory);
    this.title = this.directory;
  }

  locationOf(name: string): string {
    return name;
  }

  has(location: string): boolean {
    return !location.includes('://');
  }

  async put(location: string, file: string): Promise<void> {
    const path = this.pathOf(location);
    await this.attempt(async () => {
      try {
        await move(file, path);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
        // After a lost reply to the writer of its row, the file has been moved already.
        if (await exists(path)) return;
        // The folder of a call is there from its second segment on.
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await move(file, path);
      }
    });
  }

  async read(location: string, from: number, to: number): Promise<Buffer | null> {
    return this.attempt(() => readPart(this.pathOf(location), from, to));
  }

  async erase(location: string): Promise<void> {
    const path = this.pathOf(location);
    await this.attempt(() => rm(path, { force: true }));
    const isInFolderOfCall = dirname(path) !== this.directory;
    // The folder of a call goes with its last segment.
    if (isInFolderOfCall) await rmdir(dirname(path)).catch(() => undefined);
  }

  async probe(): Promise<void> {
    const path = this.pathOf(`probe-${randomUUID()}`);
    await this.attempt(async () => {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await writeFile(path, 'probe', { mode: 0o600 });
      const found = await readFile(path, 'utf8');
      await rm(path);
      if (found !== 'probe') throw new Error('the folder does not return what was put');
    });
  }

  /** The length and age of a file; null: it is not there. */
  async find(location: string): Promise<{ bytes: number; modifiedAt: Date } | null> {
    return this.attempt(async () => {
      const found = await orNull(stat(this.pathOf(location)));
      return found && { bytes: found.size, modifiedAt: found.mtime };
    });
  }

  /** The calls that a release before segments recorded, in one file each. */
  async earlierRuns(): Promise<number[]> {
    const names = await this.attempt(() => orNull(readdir(this.directory)));
    return (names ?? [])
      .map((name) => Number(EARLIER.exec(name)?.[1]))
      .filter((runId) => Number.isSafeInteger(runId));
  }

  private pathOf(location: string): string {
    return join(this.directory, location);
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const message = `the folder ${this.directory} cannot be used (${codeOf(error)})`;
      throw new RecordingStoreError(message, { cause: error });
    }
  }
}

/** Reads a part of a file, fewer bytes where there are fewer; null: it is not there. */
export async function readPart(path: string, from: number, to: number): Promise<Buffer | null> {
  const file = await orNull(open(path, constants.O_RDONLY));
  if (!file) return null;
  try {
    const bytes = Buffer.alloc(to - from);
    let read = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, read, bytes.length - read, from + read);
      read += bytesRead;
      if (bytesRead === 0 || read === bytes.length) return bytes.subarray(0, read);
    }
  } finally {
    await file.close();
  }
}

async function move(file: string, path: string): Promise<void> {
  try {
    await rename(file, path);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyOver(file, path);
  }
}

/** Copies to another file system; a reader finds the whole file or none. */
async function copyOver(file: string, path: string): Promise<void> {
  const unfinished = `${path}.part`;
  await copyFile(file, unfinished);
  await rename(unfinished, path);
}

async function exists(path: string): Promise<boolean> {
  return (await orNull(stat(path))) !== null;
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

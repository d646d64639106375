import {
  mkdir,
  open,
  readdir,
  rename,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from '../../shared/start-error.js';
import { ENCODING_FORMS, type RecordingEncoding } from './recording-encoding.js';
import { encodingOf, suffixOf, type LocalSegment, type SegmentKey } from './segment.js';

/** Run, generation, number, and when its first moment was heard by this machine's clock. */
const FILE = /^(\d{1,16})-(\d{1,16})-(\d{1,9})-(\d{1,16})(?:\.mulaw)?\.wav$/;

/**
 * The folder on this machine's disk with the segments that are being written, or wait
 * for the store of recordings. Each instance has a folder of its own in it, so that
 * several may share a disk, and the next start finds what a crash left behind.
 */
export class Spool {
  private readonly own: string;

  /** @param instance the id of this process */
  constructor(
    private readonly directory: string,
    private readonly instance: string,
  ) {
    this.own = resolve(directory, instance);
  }

  /** Makes the file of a segment, in μ-law. The name has all that must be known of it after a crash. */
  async create(
    key: SegmentKey,
    startedAt: number,
  ): Promise<{ segment: LocalSegment; file: FileHandle }> {
    const { runId, generation, n } = key;
    const encoding = 'mulaw';
    const name = `${runId}-${generation}-${n}-${Math.round(startedAt)}${suffixOf(encoding)}`;
    const path = join(this.own, name);
    const file = await this.make(path);
    return { segment: { ...key, path, encoding, startedAt, moments: 0 }, file };
  }

  async remove({ path }: LocalSegment): Promise<void> {
    try {
      await unlink(path);
    } catch (error) {
      // A folder as the store of recordings has moved it.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** At the end: removes this instance's folder if nothing waits in it. */
  async leave(): Promise<void> {
    await rmdir(this.own).catch(() => undefined);
  }

  /** The instances that have left a folder here; not this one. */
  async others(): Promise<string[]> {
    return (await namesIn(this.directory)).filter((name) => name !== this.instance);
  }

  /** Takes over what an instance that is gone has left here. Of two that do so, one gets a file. */
  async takeOver(instance: string): Promise<LocalSegment[]> {
    const theirs = join(this.directory, instance);
    await mkdir(this.own, { recursive: true, mode: 0o700 });
    const taken: LocalSegment[] = [];
    for (const name of await namesIn(theirs)) {
      const path = join(this.own, name);
      const [, runId, generation, n, startedAt] = (FILE.exec(name) ?? []).map(Number);
      if (!runId || !generation || n === undefined || startedAt === undefined) continue;
      try {
        await rename(join(theirs, name), path);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
        continue;
      }
      const encoding = encodingOf(name);
      const moments = await mendHeader(path, encoding);
      taken.push({ runId, generation, n, path, encoding, startedAt, moments });
    }
    // A folder with something else in it stays.
    await rmdir(theirs).catch(() => undefined);
    return taken;
  }

  /** The folder is there, as a rule. */
  private async make(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx', 0o600);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await mkdir(this.own, { recursive: true, mode: 0o700 });
    return open(path, 'wx', 0o600);
  }
}

/** None of a folder that is not there; another instance may have taken over all that was in it. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** Counts what a crash left in a file, and writes it into its header; the audio is written before that. */
async function mendHeader(path: string, encoding: RecordingEncoding): Promise<number> {
  const { headerBytes, momentBytes, header } = ENCODING_FORMS[encoding];
  const { size } = await stat(path);
  const moments = Math.max(0, Math.floor((size - headerBytes) / momentBytes));
  const file = await open(path, 'r+');
  try {
    await file.write(header(moments), 0, headerBytes, 0);
  } finally {
    await file.close();
  }
  return moments;
}

import type { EventEmitter } from 'node:events';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Injectable } from '@nestjs/common';
import { WAV_HEADER_BYTES } from '../../audio/wav.js';
import { StoreSettings } from '../../config/settings.js';
import { within } from '../../shared/within.js';

/** Longer than a stream stays open after its call. */
const CLOSE_WITHIN_MS = 5_000;
const FILE = /^(\d{1,16})\.wav$/;

export interface RecordingFile {
  path: string;
  bytes: number;
  modifiedAt: Date;
}

/**
 * The recordings, one WAV file per call, under `DATA_DIR/recordings`. They hold
 * what people said, so only the service's own user can read them.
 */
@Injectable()
export class Recordings {
  private readonly directory: string;
  /** By run: resolves when the stream that writes the recording has closed it. */
  private readonly held = new Map<number, Promise<void>>();

  constructor(settings: StoreSettings) {
    this.directory = resolve(settings.dataDir, 'recordings');
  }

  /**
   * Opens a recording for writing, where an earlier stream of the call stopped.
   * Waits until that stream has closed the file: two writers would overwrite each
   * other.
   */
  async open(runId: number): Promise<FileHandle> {
    const before = this.held.get(runId);
    let release: () => void = () => undefined;
    const closed = new Promise<void>((tell) => (release = tell));
    this.held.set(runId, closed);
    const done = (): void => {
      if (this.held.get(runId) === closed) this.held.delete(runId);
      release();
    };
    try {
      await before;
      const file = await this.openFile(runId);
      // A FileHandle is an event emitter, though its type does not say so (Node docs, "Event:
      // 'close'" of FileHandle).
      (file as unknown as EventEmitter).once('close', done);
      return file;
    } catch (error) {
      done();
      throw error;
    }
  }

  private async openFile(runId: number): Promise<FileHandle> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    // The flag is not `a`, because the header is rewritten often.
    return open(this.pathOf(runId), 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return open(this.pathOf(runId), 'w+', 0o600);
    });
  }

  /** Null when nothing of this call was recorded, or the recording was erased. */
  async find(runId: number): Promise<RecordingFile | null> {
    const path = this.pathOf(runId);
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return null;
    });
    return found && found.size > WAV_HEADER_BYTES
      ? { path, bytes: found.size, modifiedAt: found.mtime }
      : null;
  }

  /**
   * Erases a recording. Waits up to {@link CLOSE_WITHIN_MS} for a stream that is
   * still closing its file.
   */
  async erase(runId: number): Promise<void> {
    const closing = this.held.get(runId);
    if (closing) await within(CLOSE_WITHIN_MS, closing);
    await rm(this.pathOf(runId), { force: true });
  }

  /**
   * Erases recordings that were last written before `before`. One that cannot be
   * erased is reported to `failed` and left in place.
   */
  async eraseOlderThan(
    before: Date,
    failed: (runId: number, error: unknown) => void,
  ): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    for (const name of names) {
      const runId = Number(FILE.exec(name)?.[1]);
      if (!Number.isSafeInteger(runId)) continue;
      try {
        const recording = await this.find(runId);
        if (recording && recording.modifiedAt < before) await this.erase(runId);
      } catch (error) {
        failed(runId, error);
      }
    }
  }

  private pathOf(runId: number): string {
    return join(this.directory, `${runId}.wav`);
  }
}

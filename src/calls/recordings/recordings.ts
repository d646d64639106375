import { join } from 'node:path';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Instance } from '../../cluster/instance.js';
import { RecordingSettings, StoreSettings } from '../../config/settings.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import { AudioChunks } from './audio-chunks.js';
import { DiskTurns } from './disk-turns.js';
import { FolderStore, readPart } from './folder-store.js';
import { Recording, type ReadablePiece } from './recording.js';
import { ENCODING_FORMS, type RecordingEncoding } from './recording-encoding.js';
import { layOut, type Placed } from './recording-layout.js';
import { RecordingStoreError, type RecordingStore } from './recording-store.js';
import { S3Store, s3OptionsOf } from './s3-store.js';
import { encodingOf, keyOf, MOMENTS_PER_SECOND, type LocalSegment } from './segment.js';
import { SegmentDeliveries } from './segment-deliveries.js';
import { SegmentNotes } from './segment-notes.js';
import { SegmentRows, type SegmentRow } from './segment-rows.js';
import { SegmentWriter, type RecordedStream } from './segment-writer.js';
import { Spool } from './spool.js';

/** Longer than a stream stays open after its call. */
const CLOSE_WITHIN_MS = 5_000;
/** How long a stop waits for the store of recordings. */
const STOP_WITHIN_MS = 10_000;
/** How often the disk is looked through for what an instance left behind. */
const LEFTOVERS_EVERY_MS = 5_000;
/** Calls that are erased after one query. */
const BATCH = 100;
/** After so many failures a sweep leaves the rest to the next. */
const FAILURES_MAX = 5;

/**
 * The recordings of calls: written in segments to this machine's disk, kept in a folder or a bucket,
 * and read as one WAV from any instance.
 */
@Injectable()
export class Recordings implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Where new segments go. */
  readonly store: RecordingStore;
  /** The memory of what waits for the disk. */
  readonly chunks = new AudioChunks();
  private readonly turns = new DiskTurns();
  private readonly folder: FolderStore;
  private readonly spool: Spool;
  private readonly deliveries: SegmentDeliveries;
  private leftovers: Loop | null = null;
  private stopping = false;
  /** The call behind which erased calls of an older release are looked for next; null: all were. */
  private lookedThrough: number | null = 0;

  constructor(
    private readonly rows: SegmentRows,
    notes: SegmentNotes,
    instance: Instance,
    store: StoreSettings,
    settings: RecordingSettings,
    private readonly log: Log,
  ) {
    this.folder = new FolderStore(join(store.dataDir, 'recordings'));
    const s3 = s3OptionsOf(settings);
    this.store = s3 ? new S3Store(s3) : this.folder;
    this.spool = new Spool(join(store.dataDir, 'recordings-waiting'), instance.id);
    this.deliveries = new SegmentDeliveries(notes, this.store, this.spool, log);
  }

  onApplicationBootstrap(): void {
    this.leftovers = every(
      LEFTOVERS_EVERY_MS,
      () => this.takeOverLeftovers(),
      (error) => this.log.error('recordings.leftovers_failed', { error }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.leftovers?.stop();
  }

  /** After the last stream has ended, and before the store closes. */
  async stop(): Promise<void> {
    await this.deliveries.stop(STOP_WITHIN_MS);
    await this.spool.leave();
  }

  /** Segments on this disk that are not in the store of recordings. */
  get waiting(): number {
    return this.deliveries.count;
  }

  /** What one stream of a call is recorded with. Nothing is on the disk before the first audio is. */
  writer(stream: RecordedStream): SegmentWriter {
    return new SegmentWriter(this.spool, stream, this.deliveries, this.turns);
  }

  /**
   * The recording as far as it is in the store of recordings or on this instance's disk. Null when
   * nothing of this call was recorded, or the recording was erased.
   *
   * @param encoding in which it is read, however it is kept
   */
  async find(runId: number, encoding: RecordingEncoding = 'pcm'): Promise<Recording | null> {
    const placed = await this.placed(runId);
    return placed.length > 0 ? new Recording(placed, encoding) : null;
  }

  /** Where the pieces of a call's recording stand in it, as far as they can be read; none: there is no recording. */
  async placed(runId: number): Promise<Array<Placed<ReadablePiece>>> {
    const rows = await this.rows.of(runId);
    const local = new Map(this.deliveries.of(runId).map((one) => [keyOf(one), one]));
    const pieces = rows
      .map((row) => this.pieceOf(row, local.get(keyOf(row))))
      .filter(({ moments }) => moments > 0);
    const earlier = await this.earlierPiece(runId);
    return layOut(earlier ? [earlier, ...pieces] : pieces);
  }

  /** Whether no instance has anything of a call's recording on its disk that is not stored yet. */
  async isWhole(runId: number): Promise<boolean> {
    return (await this.rows.of(runId)).every(({ state }) => state === 'stored');
  }

  /**
   * Erases a recording. Waits up to {@link CLOSE_WITHIN_MS} for a stream that is still closing its
   * file here; what another instance has of it on its disk, that erases before it would be stored.
   *
   * @throws RecordingStoreError; the recording cannot be read any more then, and the sweep ends the
   * work
   */
  async erase(runId: number): Promise<void> {
    const discarded = await this.deliveries.discard(runId);
    const locations = await this.rows.startErasing(runId, discarded);
    await this.deliveries.settled(runId, CLOSE_WITHIN_MS);
    for (const location of locations) await this.storeAt(location).erase(location);
    await this.rows.erased(runId, locations);
    await this.folder.erase(earlierName(runId));
  }

  /**
   * Erases recordings of before segments that were last written before `before`; they are on the disk
   * of one instance, which does so itself. One that cannot be erased is reported and left in place.
   */
  async eraseEarlier(before: Date, failed: (runId: number, error: unknown) => void): Promise<void> {
    for (const runId of await this.folder.earlierRuns()) {
      try {
        const name = earlierName(runId);
        const found = await this.folder.find(name);
        if (found && found.modifiedAt < before) await this.folder.erase(name);
      } catch (error) {
        failed(runId, error);
      }
    }
  }

  /**
   * Erases the recordings that were made before `before`, and ends what was begun; one instance does so
   * for all. One that cannot be erased is reported, and tried again by the next sweep.
   *
   * @param before null: recordings are kept
   */
  async sweep(before: Date | null, failed: (runId: number, error: unknown) => void): Promise<void> {
    if (before) await this.eraseEach(() => this.rows.endedBefore(before, BATCH), failed);
    await this.eraseEach(() => this.rows.halfErased(BATCH), failed);
    while (this.lookedThrough !== null) {
      const { runs, last } = await this.rows.leftBehind(this.lookedThrough, BATCH);
      await this.eraseEach(() => Promise.resolve(runs), failed);
      this.lookedThrough = last;
    }
  }

  /** Stores what instances that are gone have left on this disk; looked for every few seconds. */
  async takeOverLeftovers(): Promise<void> {
    const gone = await this.rows.gone(await this.spool.others());
    for (const instance of gone) {
      const found = await this.spool.takeOver(instance);
      if (found.length > 0) this.log.info('recordings.taken_over', { segments: found.length });
      for (const segment of found) this.deliveries.closed(segment);
    }
  }

  private async eraseEach(
    find: () => Promise<number[]>,
    failed: (runId: number, error: unknown) => void,
  ): Promise<void> {
    // A call may be found again: it failed, or another instance has something of it on its disk.
    const tried = new Set<number>();
    let failures = 0;
    for (;;) {
      const runs = (await find()).filter((runId) => !tried.has(runId));
      if (runs.length === 0) return;
      for (const runId of runs) {
        // Each failure may have taken half a minute.
        if (this.stopping || failures >= FAILURES_MAX) return;
        tried.add(runId);
        try {
          await this.erase(runId);
        } catch (error) {
          failures += 1;
          failed(runId, error);
        }
      }
    }
  }

  private pieceOf(row: SegmentRow, local: LocalSegment | undefined): ReadablePiece {
    const { generation, n, startedAt, location } = row;
    return {
      generation,
      n,
      startedAt,
      location,
      encoding: encodingOf(location),
      moments: row.state === 'stored' ? row.moments : (local?.moments ?? 0),
      // It may be moved to the store of recordings while it is read.
      read: async (from, to) =>
        (local && (await readPart(local.path, from, to))) ??
        this.storeAt(location).read(location, from, to),
    };
  }

  /** What a release before segments wrote of this call: one file, on this disk. */
  private async earlierPiece(runId: number): Promise<ReadablePiece | null> {
    const location = earlierName(runId);
    const found = await this.folder.find(location);
    const encoding = 'pcm';
    const { headerBytes, momentBytes } = ENCODING_FORMS[encoding];
    if (!found || found.bytes <= headerBytes) return null;
    const moments = Math.floor((found.bytes - headerBytes) / momentBytes);
    const startedAt = found.modifiedAt.getTime() - (moments * 1_000) / MOMENTS_PER_SECOND;
    const read = (from: number, to: number) => this.folder.read(location, from, to);
    return { generation: 0, n: 0, startedAt, location, encoding, moments, read };
  }

  /**
   * The store that has a location, which outlives the setting under which it was chosen.
   * @throws RecordingStoreError
   */
  storeAt(location: string): RecordingStore {
    const store = [this.folder, this.store].find((one) => one.has(location));
    if (store) return store;
    throw new RecordingStoreError(`it is in ${location}, and RECORDINGS_URL names no bucket`);
  }
}

function earlierName(runId: number): string {
  return `${runId}.wav`;
}

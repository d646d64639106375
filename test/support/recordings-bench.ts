import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recordings } from '../../src/calls/recordings/recordings.js';
import { encodeMulaw, MULAW_SILENCE } from '../../src/audio/mulaw.js';
import { SegmentNotes } from '../../src/calls/recordings/segment-notes.js';
import { SegmentRows } from '../../src/calls/recordings/segment-rows.js';
import type { SegmentWriter } from '../../src/calls/recordings/segment-writer.js';
import { Instance } from '../../src/cluster/instance.js';
import { StoreLeases } from '../../src/cluster/store-leases.js';
import { StoreSettings } from '../../src/config/settings.js';
import type { Database } from '../../src/database/database.js';
import { parseSettings } from '../../src/parse-settings.js';
import { SilentLog } from './ledger-builders.js';

/** The bytes of a second of a recording as it is kept. */
export const SECOND_BYTES = 8_000 * 2;

/** The recordings of an instance of its own, which lives, with a disk of its own. */
export class RecordingInstance {
  private constructor(
    readonly recordings: Recordings,
    readonly rows: SegmentRows,
    readonly leases: StoreLeases,
    readonly dataDir: string,
  ) {}

  /** @param dataDir another instance's, to share its disk */
  static async start(
    database: Database,
    env: Record<string, string> = {},
    dataDir?: string,
  ): Promise<RecordingInstance> {
    const instance = new Instance();
    const leases = new StoreLeases(database, instance);
    await leases.beat();
    const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'patchbay-recordings-')));
    const rows = new SegmentRows(database, leases);
    const recordings = new Recordings(
      rows,
      new SegmentNotes(database, leases),
      instance,
      new StoreSettings({ dataDir: directory }),
      parseSettings(env).recordings,
      new SilentLog(),
    );
    return new RecordingInstance(recordings, rows, leases, directory);
  }

  /** Records a stream: so many seconds of one value of μ-law. It is not ended. */
  async record(
    stream: { runId: number; generation?: number; startedAt?: number },
    seconds: number,
    value: number,
  ): Promise<SegmentWriter> {
    const writer = this.recordings.writer({ generation: 1, startedAt: Date.now(), ...stream });
    await writer.append(Buffer.alloc(seconds * SECOND_BYTES, value));
    return writer;
  }

  /** The recording of a call; null: there is none. */
  async read(runId: number): Promise<Buffer | null> {
    const found = await this.recordings.find(runId);
    if (!found) return null;
    const chunks: Buffer[] = [];
    for await (const chunk of found.read(0, found.bytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** All files on the disk, as paths below the data directory. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.dataDir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.dataDir.length + 1))
      .sort();
  }

  async remove(): Promise<void> {
    await this.recordings.beforeApplicationShutdown();
    await this.recordings.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Runs of one value of μ-law in the audio of a WAV of PCM, as `[value, seconds]`; silence is 0. */
export function spans(wav: Buffer | null): Array<[value: number, seconds: number]> {
  const found: Array<[number, number]> = [];
  const audio = wav?.subarray(44) ?? Buffer.alloc(0);
  const left = Int16Array.from({ length: audio.length / 4 }, (_, at) => audio.readInt16LE(at * 4));
  for (const code of encodeMulaw(left)) {
    const value = code === MULAW_SILENCE ? 0 : code;
    const last = found.at(-1);
    if (last?.[0] === value) last[1] += 1 / 8_000;
    else found.push([value, 1 / 8_000]);
  }
  return found.map(([value, seconds]) => [value, Math.round(seconds * 1_000) / 1_000]);
}

import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { converted, ENCODING_FORMS } from '../../src/calls/recordings/recording-encoding.js';
import { ledgerBench, type LedgerBench } from '../support/ledger-builders.js';
import { until } from '../support/patience.js';
import { RecordingInstance, SECOND_BYTES, spans } from '../support/recordings-bench.js';
import { S3Double } from '../support/s3-double.js';
import type { TestStore } from '../support/stores.js';

const DAY_MS = 86_400_000;
const failed = (_runId: number, error: unknown): void => {
  throw error;
};

/** Recordings that several instances write and read, in one bucket or each on its disk. */
export function recordingsContract(store: () => TestStore): void {
  let s3: S3Double;
  let bench: LedgerBench;
  let one: RecordingInstance;
  let other: RecordingInstance;
  const instances: RecordingInstance[] = [];
  const start = async (env: Record<string, string>, dataDir?: string) => {
    const instance = await RecordingInstance.start(store().database, env, dataDir);
    // The first beat of an instance that has the store alone ends those before it.
    for (const earlier of instances) await earlier.leases.beat();
    instances.push(instance);
    return instance;
  };

  beforeEach(async () => {
    s3 = await S3Double.start();
    bench = await ledgerBench(store().database);
    one = await start(s3.env());
    other = await start(s3.env());
  });
  afterEach(async () => {
    s3.away = false;
    s3.before = () => undefined;
    for (const instance of instances.splice(0)) await instance.remove();
    await s3.stop();
  });

  const rows = () =>
    store().database.read((db) =>
      db.selectFrom('recording_segments').selectAll().orderBy('generation').orderBy('n').execute(),
    );
  const stored = (count: number) =>
    until(async () => (await rows()).filter(({ state }) => state === 'stored').length === count);

  test('a recording is put in segments, leaves the disk, and is read from any instance', async () => {
    const { runId } = await bench.run();
    const writer = await one.record({ runId }, 31, 5);
    await stored(1);
    await until(async () => (await rows()).length === 2);
    // The rest is on the disk of one instance alone.
    expect(spans(await one.read(runId))).toEqual([[5, 31]]);
    expect(spans(await other.read(runId))).toEqual([[5, 30]]);
    await writer.close();
    await stored(2);
    expect([...s3.objects.keys()]).toEqual([
      `calls/${runId}/1-0.mulaw.wav`,
      `calls/${runId}/1-1.mulaw.wav`,
    ]);
    expect(s3.objects.get(`calls/${runId}/1-1.mulaw.wav`)?.readUInt32LE(54)).toBe(SECOND_BYTES);
    await until(async () => (await one.files()).length === 0);
    for (const instance of [one, other])
      expect(spans(await instance.read(runId))).toEqual([[5, 31]]);
    expect(s3.refused).toEqual([]);
  });

  test('there is none yet while all of it is on the disk of another instance', async () => {
    const { runId } = await bench.run();
    const writer = await one.record({ runId }, 1, 5);
    await until(async () => (await rows()).length === 1);
    expect(spans(await one.read(runId))).toEqual([[5, 1]]);
    expect(await other.read(runId)).toBeNull();
    await writer.close();
    await stored(1);
    expect(spans(await other.read(runId))).toEqual([[5, 1]]);
  });

  test('after a move to another instance it has a gap as long as there was', async () => {
    const { runId } = await bench.run();
    const startedAt = Date.now() - 60_000;
    await (await one.record({ runId, startedAt }, 4, 5)).close();
    await (
      await other.record({ runId, generation: 2, startedAt: startedAt + 30_000 }, 1, 7)
    ).close();
    await stored(2);
    const [first, gap, second] = spans(await one.read(runId));
    expect([first, second]).toEqual([
      [5, 4],
      [7, 1],
    ]);
    const [began, wentOn] = (await rows()).map((row) => row.started_at);
    expect(gap).toEqual([0, ((wentOn ?? 0) - (began ?? 0)) / 1_000 - 4]);
    // Right to half of what a small query took, however busy the machine is.
    expect(Math.abs((gap?.[1] ?? 0) - 26)).toBeLessThan(10);
    expect(spans(await other.read(runId))).toEqual([first, gap, second]);
  });

  test('what a crash left on a disk is stored by the next instance there, and what is lost is silence', async () => {
    const { runId } = await bench.run();
    const writer = await one.record({ runId }, 31, 5);
    await stored(1);
    await until(async () => (await rows()).length === 2);
    const next = await start(s3.env(), one.dataDir);
    await next.recordings.takeOverLeftovers();
    expect((await rows()).filter(({ state }) => state === 'open')).toHaveLength(1);
    await one.leases.leave();
    // Another disk's: nothing is there to be found.
    await other.recordings.takeOverLeftovers();
    await next.recordings.takeOverLeftovers();
    await stored(2);
    expect(spans(await other.read(runId))).toEqual([[5, 31]]);
    await writer.close();
  });

  test('an outage of the bucket ends no recording: what waits is put afterwards', async () => {
    const { runId } = await bench.run();
    s3.away = true;
    const writer = await one.record({ runId }, 61, 5);
    await writer.close();
    await until(async () => (await rows()).length === 3);
    expect(one.recordings.waiting).toBe(3);
    expect(spans(await one.read(runId))).toEqual([[5, 61]]);
    s3.away = false;
    await stored(3);
    expect(spans(await other.read(runId))).toEqual([[5, 61]]);
  });

  test('is erased by any instance, also what another one has on its disk or is putting', async () => {
    const [written, put] = [await bench.run(), await bench.run()];
    await (await other.record(written, 1, 5)).close();
    await stored(1);
    const writer = await one.record({ ...written, generation: 2 }, 1, 5);
    await until(async () => (await rows()).length === 2);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isPutting = false;
    s3.before = async (method) => {
      if (method !== 'PUT') return;
      isPutting = true;
      await held;
    };
    await (await one.record(put, 1, 7)).close();
    await until(() => isPutting);

    await other.recordings.erase(written.runId);
    await other.recordings.erase(put.runId);
    for (const { runId } of [written, put]) expect(await one.read(runId)).toBeNull();
    release();
    await writer.close();
    await until(async () => (await rows()).length === 0 && (await one.files()).length === 0);
    expect([...s3.objects.keys()]).toEqual([]);
  });

  test('of an erased call nothing is stored, however late a stream begins or ends', async () => {
    const { runId } = await bench.run();
    const early = await one.record({ runId }, 1, 5);
    await other.recordings.erase(runId);
    await bench.ledger.change({ runId }, (draft) => draft?.erase());
    await early.close();
    await (await one.record({ runId, generation: 2 }, 1, 5)).close();
    await until(() => one.recordings.waiting === 0);
    expect([await rows(), await one.files(), [...s3.objects.keys()]]).toEqual([[], [], []]);
  });

  test('an erasing that was cut short is ended by the sweep', async () => {
    const [begun, byOldRelease, kept] = [await bench.run(), await bench.run(), await bench.run()];
    for (const run of [begun, byOldRelease, kept]) await (await one.record(run, 1, 5)).close();
    await stored(3);
    s3.away = true;
    await expect(other.recordings.erase(begun.runId)).rejects.toThrow('S3 does not answer');
    expect(await one.read(begun.runId)).toBeNull();
    s3.away = false;
    await bench.ledger.change({ runId: byOldRelease.runId }, (draft) => draft?.erase());
    await one.recordings.sweep(null, failed);
    expect([...s3.objects.keys()]).toEqual([`calls/${kept.runId}/1-0.mulaw.wav`]);
    expect((await rows()).map(({ run_id }) => run_id)).toEqual([kept.runId]);
  });

  test('the sweep erases what is too old, as a whole, and no other', async () => {
    const [old, begunBefore, young] = [await bench.run(), await bench.run(), await bench.run()];
    const before = new Date(Date.now() - DAY_MS);
    const startedAt = before.getTime() - 60_000;
    await (await one.record({ ...old, startedAt }, 31, 5)).close();
    await (await one.record({ ...begunBefore, startedAt: startedAt + 40_000 }, 31, 5)).close();
    await (await one.record(young, 1, 5)).close();
    await stored(5);
    s3.away = true;
    const failures: number[] = [];
    await other.recordings.sweep(before, (runId) => failures.push(runId));
    expect(failures).toEqual([old.runId, old.runId]);
    s3.away = false;
    await other.recordings.sweep(before, failed);
    expect(new Set((await rows()).map(({ run_id }) => run_id))).toEqual(
      new Set([begunBefore.runId, young.runId]),
    );
    expect(s3.objects.size).toBe(3);
  });

  test('a recording of an older release is read before what follows, and erased with it', async () => {
    const { runId } = await bench.run();
    const folder = join(one.dataDir, 'recordings');
    await mkdir(folder);
    const file = join(folder, `${runId}.wav`);
    const pcm = converted(Buffer.alloc(2 * SECOND_BYTES, 3), 'mulaw', 'pcm');
    await writeFile(file, Buffer.concat([ENCODING_FORMS.pcm.header(16_000), pcm]));
    const endedAt = Date.now() - 60_000;
    await utimes(file, endedAt / 1_000, endedAt / 1_000);
    expect(spans(await one.read(runId))).toEqual([[3, 2]]);
    await (await one.record({ runId, startedAt: endedAt + 30_000 }, 1, 5)).close();
    await stored(1);
    const [first, gap, second] = spans(await one.read(runId));
    expect([first, second]).toEqual([
      [3, 2],
      [5, 1],
    ]);
    expect(Math.abs((gap?.[1] ?? 0) - 30)).toBeLessThan(10);
    await one.recordings.erase(runId);
    expect([await one.read(runId), await one.files(), s3.objects.size]).toEqual([null, [], 0]);
  });

  test('what is in a folder is read and erased there after a bucket was configured', async () => {
    const { runId } = await bench.run();
    const before = await start({});
    await (await before.record({ runId }, 1, 5)).close();
    await stored(1);
    const after = await start(s3.env(), before.dataDir);
    expect(spans(await after.read(runId))).toEqual([[5, 1]]);
    await (await after.record({ runId, generation: 2 }, 1, 7)).close();
    await stored(2);
    expect(spans(await after.read(runId)).map(([value]) => value)).toEqual(
      expect.arrayContaining([5, 7]),
    );
    // And where none is configured any more, what is in it cannot be read, and is not lost.
    await expect(before.read(runId)).rejects.toThrow('RECORDINGS_URL names no bucket');
    await after.recordings.erase(runId);
    expect([await rows(), await after.files(), s3.objects.size]).toEqual([[], [], 0]);
  });
}

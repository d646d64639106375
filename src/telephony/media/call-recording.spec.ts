import { mkdtemp, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeMulaw, encodeMulaw } from '../../audio/mulaw.js';
import { Recordings } from '../../calls/streams/recordings.js';
import { StoreSettings } from '../../config/settings.js';
import { CallRecording } from './call-recording.js';
import { until } from '../../../test/support/patience.js';

/** 20 ms of one value; what it is once it has been through μ-law. */
const frame = (value: number): Buffer => encodeMulaw(new Int16Array(160).fill(value));
const heard = (value: number): number => decodeMulaw(frame(value))[0] as number;

describe('a recording', () => {
  let directory = '';
  let recordings: Recordings;
  const failures: unknown[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-recording-'));
    recordings = new Recordings(new StoreSettings({ dataDir: directory }));
    failures.length = 0;
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const begin = (startedAt = 0): CallRecording =>
    new CallRecording(recordings.open(7), startedAt, (error) => failures.push(error));
  /** Left and right, a value for each 20 ms. */
  const read = async (): Promise<{ left: number[]; right: number[]; consistent: boolean }> => {
    const file = await readFile(join(directory, 'recordings', '7.wav'));
    const told = file.readUInt32LE(40);
    const left: number[] = [];
    const right: number[] = [];
    for (let at = 44; at + 4 <= 44 + told; at += 640) {
      left.push(file.readInt16LE(at));
      right.push(file.readInt16LE(at + 2));
    }
    const consistent = file.readUInt32LE(4) === told + 36 && told <= file.length - 44;
    return { left, right, consistent };
  };

  it('has the caller on the left, and on the right what the caller heard, when it was heard', async () => {
    const recording = begin();
    for (let n = 0; n < 20; n += 1) recording.caller(frame(100 + n), 100 + n * 20, n * 20);
    // Told later, and with the jitter of timers.
    for (let n = 0; n < 5; n += 1) recording.agent(frame(1_000 + n), 200 + n * 20 + (n % 3));
    await recording.close();
    const { left, right, consistent } = await read();
    expect(consistent).toBe(true);
    expect(left).toEqual(Array.from({ length: 20 }, (_, n) => heard(100 + n)));
    expect(right.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(right.slice(10, 15)).toEqual([0, 1, 2, 3, 4].map((n) => heard(1_000 + n)));
    expect(right.slice(15)).toEqual([0, 0, 0, 0, 0]);
  });

  it('has the caller at the time of speaking, although the audio was delayed on its way', async () => {
    const recording = begin();
    const said = (n: number): number => 100 + n * 20;
    for (let n = 0; n < 10; n += 1) recording.caller(frame(100 + n), said(n), n * 20);
    // Two seconds that all come at once, at their end; then again as they are spoken.
    for (let n = 10; n < 110; n += 1) recording.caller(frame(100 + n), said(n), 110 * 20);
    for (let n = 110; n < 120; n += 1) recording.caller(frame(100 + n), said(n), n * 20);
    // Five seconds are lost, one of them filled when the next frame comes.
    const lost = 250;
    for (let n = 120; n < 170; n += 1) recording.caller(frame(0), said(n), null);
    for (let n = 120 + lost; n < 130 + lost; n += 1) {
      recording.caller(frame(100 + n), said(n), n * 20);
    }
    await recording.close();
    const { left } = await read();
    const spoken = (n: number): number => (n < 120 || n >= 120 + lost ? heard(100 + n) : heard(0));
    expect(left).toEqual(Array.from({ length: 130 + lost }, (_, n) => spoken(n)));
  });

  it('loses nothing when the clock of the carrier jumps', async () => {
    const recording = begin();
    const jumps = [100, 1_000_000, 60, 9_000_000_000, 100];
    jumps.forEach((timestamp, piece) => {
      for (let n = 0; n < 50; n += 1) {
        const at = (piece * 50 + n) * 20;
        recording.caller(frame(500), timestamp + n * 20, at);
      }
    });
    await recording.close();
    const { left } = await read();
    expect(failures).toEqual([]);
    expect(left).toEqual(Array.from({ length: 250 }, () => heard(500)));
  });

  it('is a whole file at every moment, without being closed', async () => {
    const recording = begin();
    await until(async () => (await read().catch(() => null)) !== null);
    for (let n = 0; n < 600; n += 1) {
      recording.caller(frame(500), 100 + n * 20, n * 20);
      if (n % 50 === 0) {
        recording.flush(n * 20);
        await new Promise((next) => setTimeout(next, 5));
        expect((await read()).consistent).toBe(true);
      }
    }
    recording.flush(12_000);
    await until(async () => (await read()).left.length >= 440);
    const { left } = await read();
    // What is newer than three seconds is not in it yet.
    expect(left.length).toBeGreaterThanOrEqual(440);
    expect(left.length).toBeLessThanOrEqual(450);
    expect(new Set(left)).toEqual(new Set([heard(500)]));
    await recording.close();
    expect((await read()).left).toHaveLength(600);
  });

  it('goes on in the same file with the next stream, after a pause as long as it was', async () => {
    const first = begin();
    for (let n = 0; n < 10; n += 1) first.caller(frame(300), 100 + n * 20, n * 20);
    await first.close();
    const twoSecondsAgo = new Date(Date.now() - 2_000);
    await utimes(join(directory, 'recordings', '7.wav'), twoSecondsAgo, twoSecondsAgo);
    const second = begin(50_000);
    for (let n = 0; n < 10; n += 1) second.caller(frame(700), 100 + n * 20, 50_000 + n * 20);
    await second.close();
    const atMostFrames = (Date.now() - twoSecondsAgo.getTime()) / 20;
    const { left, consistent } = await read();
    expect(consistent).toBe(true);
    expect(left.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => heard(300)));
    const later = left.filter((value) => value === heard(700)).length;
    expect(later).toBeGreaterThanOrEqual(9);
    expect(left.length - 20).toBeGreaterThanOrEqual(99);
    expect(left.length - 20).toBeLessThanOrEqual(atMostFrames + 1);
  });

  it('waits for the stream before it: what that still holds is not written over', async () => {
    const first = begin();
    for (let n = 0; n < 50; n += 1) first.caller(frame(300), 100 + n * 20, n * 20);
    const second = begin(10_000);
    for (let n = 0; n < 10; n += 1) second.caller(frame(700), 100 + n * 20, 10_000 + n * 20);
    await new Promise((next) => setTimeout(next, 50));
    await first.close();
    await second.close();
    const { left, consistent } = await read();
    expect(consistent).toBe(true);
    expect(left.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => heard(300)));
    expect(left.filter((value) => value === heard(700)).length).toBeGreaterThanOrEqual(9);
  });

  it('promises no more than there is when a stream goes on after a pause', async () => {
    const first = begin();
    for (let n = 0; n < 10; n += 1) first.caller(frame(300), 100 + n * 20, n * 20);
    await first.close();
    const earlier = new Date(Date.now() - 20_000);
    await utimes(join(directory, 'recordings', '7.wav'), earlier, earlier);
    const second = begin(50_000);
    await new Promise((next) => setTimeout(next, 50));
    expect((await read()).consistent).toBe(true);
    await second.close();
    expect((await read()).consistent).toBe(true);
  });

  it('has every frame in its place, whatever came when and whenever it was written', async () => {
    const talk = fc.record({
      side: fc.constantFrom('caller' as const, 'agent' as const),
      pause: fc.integer({ min: 0, max: 40 }),
      frames: fc.integer({ min: 1, max: 60 }),
      value: fc.integer({ min: 1, max: 30_000 }),
      flush: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(talk, { maxLength: 12 }), async (talks) => {
        await rm(join(directory, 'recordings'), { recursive: true, force: true });
        const recording = begin();
        // The file is open: from here on each look at it comes after the writing it waited for.
        await until(async () => (await read().catch(() => null)) !== null);
        const sides = { caller: [] as number[], agent: [] as number[] };
        const next = { caller: 0, agent: 0 };
        for (const { side, pause, frames, value, flush } of talks) {
          // Nobody speaks in a past that has been written.
          const from = Math.max(next[side] + 6 + pause, next.caller - 100, next.agent - 100);
          for (let n = from; n < from + frames; n += 1) {
            if (side === 'agent') recording.agent(frame(value), n * 20);
            else recording.caller(frame(value), 100 + n * 20, n * 20);
            sides[side][n] = heard(value);
          }
          next[side] = from + frames;
          if (flush) {
            recording.flush(Math.max(next.caller, next.agent) * 20);
            await new Promise(setImmediate);
            expect((await read()).consistent).toBe(true);
          }
        }
        await recording.close();
        const { left, right, consistent } = await read();
        const length = Math.max(next.caller, next.agent);
        const filled = (side: number[]): number[] => Array.from({ length }, (_, n) => side[n] ?? 0);
        expect(failures).toEqual([]);
        expect(consistent).toBe(true);
        expect([left, right]).toEqual([filled(sides.caller), filled(sides.agent)]);
      }),
      { numRuns: 60 },
    );
  });

  it('of which the disk fails ends, once and without a throw', async () => {
    const recording = new CallRecording(Promise.reject(new Error('disk full')), 0, (error) =>
      failures.push(error),
    );
    await new Promise(setImmediate);
    for (let n = 0; n < 2_000; n += 1) {
      recording.caller(frame(1), 100 + n * 20, n * 20);
      recording.flush(n * 20);
    }
    await recording.close();
    expect(failures).toEqual([new Error('disk full')]);
  });

  it('on a disk that fills up stays a whole file, of what there was room for', async () => {
    const opened = recordings.open(7).then((file) => {
      const room = 44 + 50_001;
      const write = file.write.bind(file) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(file, {
        write: (bytes: Buffer, from: number, length: number, at: number) =>
          at >= room
            ? Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
            : write(bytes, from, Math.min(length, room - at), at),
      });
      return file;
    });
    const recording = new CallRecording(opened, 0, (error) => failures.push(error));
    for (let n = 0; n < 400; n += 1) {
      recording.caller(frame(500), 100 + n * 20, n * 20);
      if (n % 50 === 49) {
        // What is older than three seconds is written, or there was no room for it.
        const written = Math.floor((n * 20 - 3_000) / 20);
        await until(async () => {
          recording.flush(n * 20);
          if (failures.length > 0) return true;
          return ((await read().catch(() => null))?.left.length ?? -1) >= written;
        });
      }
    }
    await recording.close();
    expect(failures).toMatchObject([{ code: 'ENOSPC' }]);
    const { left, consistent } = await read();
    expect(consistent).toBe(true);
    expect(left.length).toBeGreaterThan(25);
    expect(new Set(left)).toEqual(new Set([heard(500)]));
  });

  it('keeps no more than twenty seconds for a disk that does not come back', async () => {
    const recording = new CallRecording(new Promise(() => undefined), 0, (error) =>
      failures.push(error),
    );
    for (let n = 0; n < 2_000; n += 1) recording.caller(frame(1), 100 + n * 20, n * 20);
    expect(failures).toEqual([new Error('the disk is too slow')]);
  });
});

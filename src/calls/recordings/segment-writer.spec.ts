import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DiskTurns } from './disk-turns.js';
import { SEGMENT_MOMENTS, type LocalSegment } from './segment.js';
import { SegmentWriter, type SegmentListener } from './segment-writer.js';
import { Spool } from './spool.js';

const BEGAN = 1_750_000_000_000;
/** The bytes of a second of both sides, and of the header before them. */
const SECOND = 8_000 * 2;
const HEADER = 58;

describe('the recording of a stream on the disk', () => {
  let directory = '';
  let opened: LocalSegment[];
  let closed: LocalSegment[];
  let hasRoom: boolean;
  let writer: SegmentWriter;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-spool-'));
    [opened, closed, hasRoom] = [[], [], true];
    writer = new SegmentWriter(
      new Spool(directory, 'me'),
      { runId: 7, generation: 2, startedAt: BEGAN },
      {
        hasRoom: () => hasRoom,
        opened: (segment) => opened.push(segment),
        closed: (segment) => closed.push(segment),
      },
      new DiskTurns(),
    );
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const files = async (): Promise<Buffer[]> => {
    const names = (await readdir(join(directory, 'me'))).sort();
    return Promise.all(names.map((name) => readFile(join(directory, 'me', name))));
  };
  const isWhole = (file: Buffer): boolean =>
    // To the end of the file, as long as it is written.
    [4, 46, 54].every((at) => file.readUInt32LE(at) === 0xffff_ffff) ||
    (file.readUInt32LE(54) === file.length - HEADER &&
      file.readUInt32LE(46) === (file.length - HEADER) / 2 &&
      file.readUInt32LE(4) === file.length - 8);

  it('is nothing before the first audio', async () => {
    await writer.close();
    expect([await readdir(directory), opened, closed]).toEqual([[], [], []]);
  });

  it('is cut every 30 s, without a moment lost or repeated', async () => {
    const said = Buffer.alloc(65 * SECOND);
    for (let second = 0; second < 65; second += 1) said.fill(second + 1, second * SECOND);
    for (let at = 0; at < said.length; at += 7 * SECOND) {
      await writer.append(said.subarray(at, at + 7 * SECOND));
      expect((await files()).every(isWhole)).toBe(true);
    }
    await writer.close();
    const written = await files();
    expect(written.map((file) => file.readUInt32LE(54))).toEqual(
      written.map((file) => file.length - HEADER),
    );
    expect(written.map((file) => (file.length - HEADER) / SECOND)).toEqual([30, 30, 5]);
    expect(Buffer.concat(written.map((file) => file.subarray(HEADER))).equals(said)).toBe(true);
    expect(closed.map(({ n, moments, startedAt }) => [n, moments, startedAt - BEGAN])).toEqual([
      [0, SEGMENT_MOMENTS, 0],
      [1, SEGMENT_MOMENTS, 30_000],
      [2, 5 * 8_000, 60_000],
    ]);
    expect(closed).toEqual(opened);
  });

  it('lies where only the service reads it', async () => {
    await writer.append(Buffer.alloc(SECOND));
    expect((await stat(opened[0]?.path ?? '')).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'me'))).mode & 0o777).toBe(0o700);
    await writer.close();
  });

  it('begins no further segment where too many wait', async () => {
    await writer.append(Buffer.alloc(29 * SECOND));
    hasRoom = false;
    await expect(writer.append(Buffer.alloc(2 * SECOND))).rejects.toThrow('too many segments');
    await writer.close();
    expect(closed.map(({ moments }) => moments)).toEqual([SEGMENT_MOMENTS]);
  });

  it('on a disk that fills up stays a whole WAV, of what there was room for', async () => {
    const room = HEADER + 2.5 * SECOND + 1;
    class FullDisk extends Spool {
      override async create(...of: Parameters<Spool['create']>) {
        const made = await super.create(...of);
        const write = made.file.write.bind(made.file) as (...args: unknown[]) => unknown;
        Object.assign(made.file, {
          write: (bytes: Buffer, from: number, length: number, at: number) =>
            at >= room
              ? Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
              : write(bytes, from, Math.min(length, room - at), at),
        });
        return made;
      }
    }
    const stream = { runId: 7, generation: 2, startedAt: BEGAN };
    const listener: SegmentListener = {
      hasRoom: () => true,
      opened: () => undefined,
      closed: (segment) => closed.push(segment),
    };
    const full = new SegmentWriter(
      new FullDisk(directory, 'me'),
      stream,
      listener,
      new DiskTurns(),
    );
    const second = Buffer.alloc(SECOND, 5);
    await full.append(second);
    await full.append(second);
    await expect(full.append(second)).rejects.toMatchObject({ code: 'ENOSPC' });
    await full.close();
    expect(closed.map(({ moments }) => moments)).toEqual([2 * 8_000]);
    const [file = Buffer.alloc(0)] = await files();
    expect([file.readUInt32LE(54), file.readUInt32LE(4)]).toEqual([2 * SECOND, 2 * SECOND + 50]);
    expect(file.subarray(HEADER, HEADER + 2 * SECOND).equals(Buffer.alloc(2 * SECOND, 5))).toBe(
      true,
    );
  });

  it('after a crash is taken over with the length that the disk has', async () => {
    await writer.append(Buffer.alloc(3 * SECOND, 5));
    const spool = new Spool(directory, 'next');
    expect(await spool.others()).toEqual(['me']);
    const [taken, ...others] = await spool.takeOver('me');
    expect(others).toEqual([]);
    expect(taken).toMatchObject({
      runId: 7,
      generation: 2,
      n: 0,
      encoding: 'mulaw',
      startedAt: BEGAN,
      moments: 3 * 8_000,
    });
    const file = await readFile(taken?.path ?? '');
    expect([isWhole(file), file.length]).toEqual([true, HEADER + 3 * SECOND]);
    expect(await readdir(directory)).toEqual(['next']);
    // Another instance that has seen it too comes too late.
    expect(await new Spool(directory, 'another').takeOver('me')).toEqual([]);
    await writer.close();
  });

  it('after a crash of an earlier build, whose segments were PCM, is taken over as such', async () => {
    const theirs = join(directory, 'earlier');
    await mkdir(theirs);
    await writeFile(join(theirs, `7-2-1-${BEGAN}.wav`), Buffer.alloc(44 + 4 * 8_000));
    const [taken] = await new Spool(directory, 'next').takeOver('earlier');
    expect(taken).toMatchObject({ n: 1, encoding: 'pcm', moments: 8_000 });
    const file = await readFile(taken?.path ?? '');
    expect([file.readUInt16LE(20), file.readUInt32LE(40)]).toEqual([1, 4 * 8_000]);
  });
});

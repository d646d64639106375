import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Recording } from './recording.js';
import { layOut, type Piece } from './recording-layout.js';
import { MOMENT_BYTES, SEGMENT_MOMENTS } from './segment.js';

const SECOND = 8_000;
const piece = (generation: number, n: number, startedAt: number, moments: number): Piece => ({
  generation,
  n,
  startedAt,
  moments,
});
const placesOf = (pieces: Piece[]) => layOut(pieces).map(({ at }) => at / SECOND);

describe('the pieces of a recording', () => {
  it('of one stream follow each other, whatever their times say', () => {
    const full = SEGMENT_MOMENTS;
    expect(
      placesOf([piece(1, 0, 0, full), piece(1, 1, 30_017, full), piece(1, 2, 59_990, SECOND)]),
    ).toEqual([0, 30, 60]);
  });

  it('leave a gap where one is lost', () => {
    expect(placesOf([piece(1, 0, 0, SEGMENT_MOMENTS), piece(1, 2, 60_000, SECOND)])).toEqual([
      0, 60,
    ]);
    expect(placesOf([piece(1, 1, 30_000, SECOND)])).toEqual([30]);
  });

  it('of the next stream stand where it began', () => {
    expect(placesOf([piece(1, 0, 0, 4 * SECOND), piece(2, 0, 5_500, SECOND)])).toEqual([0, 5.5]);
    // The first of its pieces is lost.
    expect(placesOf([piece(1, 0, 0, 4 * SECOND), piece(2, 1, 35_500, SECOND)])).toEqual([0, 35.5]);
  });

  it('of a stream that began too early by the clock follow at once, and the next is in its place again', () => {
    const pieces = [
      piece(1, 0, 0, 10 * SECOND),
      piece(2, 0, 8_000, 5 * SECOND),
      piece(3, 0, 20_000, SECOND),
    ];
    expect(placesOf(pieces)).toEqual([0, 10, 20]);
  });

  it('are at most an hour apart, whatever the clock does', () => {
    expect(placesOf([piece(1, 0, 0, SECOND), piece(2, 0, 1e12, SECOND)])).toEqual([0, 3_601]);
  });
});

describe('a recording as one WAV', () => {
  const gaps = fc.array(
    fc.record({
      pause: fc.integer({ min: 0, max: 3_000 }),
      moments: fc.integer({ min: 1, max: 9_000 }),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it('is the same in ranges as whole, with silence in the gaps and where the store has lost something', async () => {
    await fc.assert(
      fc.asyncProperty(
        gaps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (streams, cut, loses) => {
          let now = 0;
          const expected: Buffer[] = [];
          const pieces = streams.map(({ pause, moments }, index) => {
            if (index > 0) expected.push(Buffer.alloc(pause * 8 * MOMENT_BYTES));
            const startedAt = index === 0 ? now : now + pause;
            // Whole milliseconds, so that the pause is exact.
            now = startedAt + Math.ceil(moments / 8);
            const padding = Math.ceil(moments / 8) * 8 - moments;
            const lost = loses && index === 0;
            const audio = Buffer.alloc(moments * MOMENT_BYTES, index + 1);
            const file = Buffer.concat([Buffer.alloc(44), audio]);
            expected.push(lost ? Buffer.alloc(audio.length) : audio);
            if (index < streams.length - 1) expected.push(Buffer.alloc(padding * MOMENT_BYTES));
            return {
              ...piece(index + 1, 0, startedAt, moments),
              location: `${index}`,
              read: (from: number, to: number) =>
                Promise.resolve(lost ? null : file.subarray(from, to)),
            };
          });
          const recording = new Recording(layOut(pieces));
          const read = async (from: number, to: number): Promise<Buffer> => {
            const chunks: Buffer[] = [];
            for await (const chunk of recording.read(from, to)) chunks.push(chunk);
            return Buffer.concat(chunks);
          };
          const whole = await read(0, recording.bytes);
          expect(whole.length).toBe(recording.bytes);
          expect(whole.readUInt32LE(40)).toBe(recording.bytes - 44);
          expect(whole.subarray(44).equals(Buffer.concat(expected))).toBe(true);
          const at = Math.floor(cut * recording.bytes);
          const parts = [await read(0, at), await read(at, recording.bytes)];
          expect(Buffer.concat(parts).equals(whole)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

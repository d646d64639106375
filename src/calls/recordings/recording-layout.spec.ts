import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Recording } from './recording.js';
import { layOut, type Piece } from './recording-layout.js';
import { converted, ENCODING_FORMS, RECORDING_ENCODINGS } from './recording-encoding.js';
import { SEGMENT_MOMENTS } from './segment.js';

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

  it('is the same in ranges as whole, however it is kept and sent, with silence in the gaps and where the store has lost something', async () => {
    const encoding = fc.constantFrom(...RECORDING_ENCODINGS);
    await fc.assert(
      fc.asyncProperty(
        gaps,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        encoding,
        fc.array(encoding, { minLength: 6, maxLength: 6 }),
        async (streams, cut, loses, sent, kept) => {
          const form = ENCODING_FORMS[sent];
          const silent = (moments: number): Buffer =>
            Buffer.alloc(moments * form.momentBytes, form.silence);
          let now = 0;
          const expected: Buffer[] = [];
          const pieces = streams.map(({ pause, moments }, index) => {
            if (index > 0) expected.push(silent(pause * 8));
            const startedAt = index === 0 ? now : now + pause;
            // Whole milliseconds, so that the pause is exact.
            now = startedAt + Math.ceil(moments / 8);
            const padding = Math.ceil(moments / 8) * 8 - moments;
            const lost = loses && index === 0;
            const keptAs = kept[index] ?? 'mulaw';
            const { headerBytes, momentBytes } = ENCODING_FORMS[keptAs];
            const audio = Buffer.alloc(moments * momentBytes, index + 1);
            const file = Buffer.concat([Buffer.alloc(headerBytes), audio]);
            expected.push(lost ? silent(moments) : converted(audio, keptAs, sent));
            if (index < streams.length - 1) expected.push(silent(padding));
            return {
              ...piece(index + 1, 0, startedAt, moments),
              location: `${index}`,
              encoding: keptAs,
              read: (from: number, to: number) =>
                Promise.resolve(lost ? null : file.subarray(from, to)),
            };
          });
          const recording = new Recording(layOut(pieces), sent);
          const read = async (from: number, to: number): Promise<Buffer> => {
            const chunks: Buffer[] = [];
            for await (const chunk of recording.read(from, to)) chunks.push(chunk);
            return Buffer.concat(chunks);
          };
          const whole = await read(0, recording.bytes);
          expect(whole.length).toBe(recording.bytes);
          expect(whole.readUInt32LE(form.headerBytes - 4)).toBe(recording.bytes - form.headerBytes);
          expect(whole.subarray(form.headerBytes).equals(Buffer.concat(expected))).toBe(true);
          const at = Math.floor(cut * recording.bytes);
          const parts = [await read(0, at), await read(at, recording.bytes)];
          expect(Buffer.concat(parts).equals(whole)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('has what was said as it was, in either encoding', () => {
    const said = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
    const pcm = converted(said, 'mulaw', 'pcm');
    expect([pcm.readInt16LE(0), pcm.readInt16LE(2 * 0x80)]).toEqual([-32_124, 32_124]);
    // 0x7f is a second zero.
    const again = converted(pcm, 'pcm', 'mulaw').map((code, at) => (at === 0x7f ? 0x7f : code));
    expect(Buffer.from(again).equals(said)).toBe(true);
    // At an odd place in memory, as a network may bring it.
    const odd = Buffer.concat([Buffer.alloc(1), pcm]).subarray(1);
    expect(converted(odd, 'pcm', 'mulaw').length).toBe(256);
  });
});

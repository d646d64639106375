import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeMulaw, encodeMulaw } from '../../audio/mulaw.js';
import { AudioChunks } from '../../calls/recordings/audio-chunks.js';
import { CallRecording, type RecordingSink } from './call-recording.js';

/** 20 ms of one value; what it is once it has been through μ-law. */
const frame = (value: number): Buffer => encodeMulaw(new Int16Array(160).fill(value));
const heard = (value: number): number => decodeMulaw(frame(value))[0] as number;

/** Keeps what it is given. */
class Kept implements RecordingSink {
  bytes = Buffer.alloc(0);
  private closed = false;

  async append(audio: Buffer): Promise<void> {
    if (this.closed) throw new Error('it is closed');
    // Not at once, like a disk.
    await new Promise(setImmediate);
    this.bytes = Buffer.concat([this.bytes, audio]);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

describe('a recording', () => {
  let sink: Kept;
  const failures: unknown[] = [];

  beforeEach(() => {
    sink = new Kept();
    failures.length = 0;
  });

  const begin = (): CallRecording =>
    new CallRecording(sink, new AudioChunks(), 0, (error) => failures.push(error));
  /** Left and right, a value for each 20 ms. */
  const read = (): { left: number[]; right: number[] } => {
    const left: number[] = [];
    const right: number[] = [];
    const samples = decodeMulaw(sink.bytes);
    for (let at = 0; at < samples.length; at += 320) {
      left.push(samples[at] as number);
      right.push(samples[at + 1] as number);
    }
    return { left, right };
  };
  /** Until what was flushed is with the sink. */
  const flushed = () => new Promise(setImmediate);

  it('has the caller on the left, and on the right what the caller heard, when it was heard', async () => {
    const recording = begin();
    for (let n = 0; n < 20; n += 1) recording.caller(frame(100 + n), 100 + n * 20, n * 20);
    // Told later, and with the jitter of timers.
    for (let n = 0; n < 5; n += 1) recording.agent(frame(1_000 + n), 200 + n * 20 + (n % 3));
    await recording.close();
    const { left, right } = read();
    expect(left).toEqual(Array.from({ length: 20 }, (_, n) => heard(100 + n)));
    expect(right.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(right.slice(10, 15)).toEqual([0, 1, 2, 3, 4].map((n) => heard(1_000 + n)));
    expect(right.slice(15)).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    [100, 0],
    [120, 120],
  ])('has a frame that is %d ms late with %d ms of silence before it', async (late, silenceMs) => {
    const recording = begin();
    recording.agent(frame(100), 0);
    recording.agent(frame(200), 20 + late);
    await recording.close();
    const silence = Array.from({ length: silenceMs / 20 }, () => 0);
    expect(read().right).toEqual([heard(100), ...silence, heard(200)]);
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
    const { left } = read();
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
    const { left } = read();
    expect(failures).toEqual([]);
    expect(left).toEqual(Array.from({ length: 250 }, () => heard(500)));
  });

  it('hands on what is older than three seconds, and the rest at its end', async () => {
    const recording = begin();
    for (let n = 0; n < 600; n += 1) {
      recording.caller(frame(500), 100 + n * 20, n * 20);
      if (n % 50 === 0) recording.flush(n * 20);
      if (n % 50 === 0) await flushed();
    }
    recording.flush(12_000);
    await flushed();
    expect(read().left).toHaveLength(450);
    expect(new Set(read().left)).toEqual(new Set([heard(500)]));
    await recording.close();
    expect(read().left).toHaveLength(600);
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
        sink = new Kept();
        const recording = begin();
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
            await flushed();
          }
        }
        await recording.close();
        const { left, right } = read();
        const length = Math.max(next.caller, next.agent);
        const filled = (side: number[]): number[] => Array.from({ length }, (_, n) => side[n] ?? 0);
        expect(failures).toEqual([]);
        expect([left, right]).toEqual([filled(sides.caller), filled(sides.agent)]);
      }),
      { numRuns: 60 },
    );
  });

  it('holds no more than what waits: chunks that were written are used again', async () => {
    const taken = new Set<Buffer>();
    class Counted extends AudioChunks {
      override take(): Buffer {
        const chunk = super.take();
        taken.add(chunk);
        return chunk;
      }
    }
    const recording = new CallRecording(sink, new Counted(), 0, (error) => failures.push(error));
    // A minute, in the middle of which nobody speaks for a while.
    for (let n = 0; n < 3_000; n += 1) {
      if (n < 1_000 || n > 1_500) recording.caller(frame(500), 100 + n * 20, n * 20);
      if (n % 25 === 0) recording.flush(n * 20);
      if (n % 25 === 0) await flushed();
    }
    await recording.close();
    expect(failures).toEqual([]);
    expect(read().left).toHaveLength(3_000);
    expect(read().left.filter((value) => value === 0)).toHaveLength(501);
    // Three seconds that are held back, the one that is filled, and one that is being written.
    expect(taken.size).toBeLessThanOrEqual(6);
  });

  it('of which the disk fails ends, once and without a throw', async () => {
    let tried = 0;
    sink.append = () => {
      tried += 1;
      return Promise.reject(new Error('disk full'));
    };
    const recording = begin();
    for (let n = 0; n < 2_000; n += 1) {
      recording.caller(frame(1), 100 + n * 20, n * 20);
      recording.flush(n * 20);
      if (n % 50 === 0) await flushed();
    }
    await recording.close();
    expect([failures, tried]).toEqual([[new Error('disk full')], 1]);
  });

  it('keeps no more than twenty seconds for a disk that does not come back', () => {
    sink.append = () => new Promise(() => undefined);
    const recording = begin();
    for (let n = 0; n < 2_000; n += 1) {
      recording.caller(frame(1), 100 + n * 20, n * 20);
      recording.flush(n * 20);
    }
    expect(failures).toEqual([new Error('the disk is too slow')]);
  });
});

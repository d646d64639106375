import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MULAW_FRAME_BYTES, MULAW_SILENCE } from '../../audio/mulaw.js';
import { PlayoutQueue } from './playout-queue.js';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 700 }).map((all) => Buffer.from(all));

function taken(queue: PlayoutQueue): Buffer[] {
  const frames: Buffer[] = [];
  while (!queue.isEmpty) frames.push(queue.take());
  return frames;
}

describe('what waits to be played', () => {
  it('leaves as it came, in frames, and the rest when it is closed', () => {
    fc.assert(
      fc.property(fc.array(bytes), (pieces) => {
        const queue = new PlayoutQueue(false);
        for (const piece of pieces) queue.add(piece);
        const frames = taken(queue);
        expect(frames.every(({ length }) => length === MULAW_FRAME_BYTES)).toBe(true);
        expect(queue.closeTail()).toBe(0);
        expect(Buffer.concat([...frames, ...taken(queue)])).toEqual(Buffer.concat(pieces));
        expect([queue.isEmpty, queue.hasTail]).toEqual([true, false]);
      }),
    );
  });

  it.each([true, false])(
    'comes behind what is put back, cut off anywhere (in whole frames: %s)',
    (wholeFrames) => {
      fc.assert(
        fc.property(bytes, fc.nat(4), fc.nat(MULAW_FRAME_BYTES), (audio, count, heard) => {
          const queue = new PlayoutQueue(wholeFrames);
          queue.add(audio);
          const sent: Buffer[] = [];
          while (sent.length < count && !queue.isEmpty) sent.push(queue.take());
          const unheard = Buffer.concat(sent).subarray(heard);
          const rest = audio.subarray(Buffer.concat(sent).length);
          queue.putBack(unheard);
          const all = Buffer.concat([unheard, rest]);
          expect(Buffer.concat(queue.pieces(Infinity))).toEqual(all);
          const filled = queue.closeTail();
          const frames = taken(queue);
          const silence = Buffer.alloc(filled, MULAW_SILENCE);
          expect(Buffer.concat(frames)).toEqual(Buffer.concat([all, silence]));
          if (!wholeFrames) return;
          expect(frames.every(({ length }) => length === MULAW_FRAME_BYTES)).toBe(true);
        }),
      );
    },
  );

  it('is told in pieces as far as it is asked for, without being taken', () => {
    const queue = new PlayoutQueue(false);
    const chunk = Buffer.alloc(2 * MULAW_FRAME_BYTES, 1);
    queue.add(chunk);
    queue.add(Buffer.alloc(MULAW_FRAME_BYTES, 2));
    queue.take();
    expect(queue.pieces(1)).toEqual([chunk.subarray(MULAW_FRAME_BYTES)]);
    expect(queue.pieces(0)).toEqual([]);
    expect(taken(queue)).toHaveLength(2);
  });

  it('is nothing once it is cleared', () => {
    const queue = new PlayoutQueue(true);
    queue.add(Buffer.alloc(MULAW_FRAME_BYTES + 1));
    queue.clear();
    expect([queue.isEmpty, queue.hasTail, queue.pieces(Infinity)]).toEqual([true, false, []]);
  });

  it('holds not much more memory than what waits, however long it has been filled and emptied', () => {
    const queue = new PlayoutQueue(true);
    // Small buffers are parts of Node's pool, as those of codecs are.
    const say = () => queue.add(Buffer.from(Buffer.alloc(5 * MULAW_FRAME_BYTES)));
    for (let piece = 0; piece < 5; piece += 1) say();
    for (let piece = 0; piece < 300; piece += 1) {
      say();
      for (let frame = 0; frame < 5; frame += 1) queue.take();
    }
    const pieces = queue.pieces(Infinity);
    const waits = pieces.reduce((sum, { length }) => sum + length, 0);
    const blocks = new Set(pieces.map(({ buffer }) => buffer));
    const held = [...blocks].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(waits).toBe(25 * MULAW_FRAME_BYTES);
    expect(held).toBeLessThanOrEqual(2 * waits);
  });
});

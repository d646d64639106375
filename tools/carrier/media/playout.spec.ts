import { describe, expect, it } from '@jest/globals';
import { MAX_BUFFERED_BYTES, Playout } from './playout.js';

const audio = (bytes: number, value = 1) => Buffer.alloc(bytes, value);

describe('the playout', () => {
  it('plays audio in order, 20 ms at a time, whatever the sizes in which it came', () => {
    const playout = new Playout();
    playout.push(audio(100, 1));
    playout.push(audio(100, 2));
    expect(playout.play(160).audio).toEqual(Buffer.concat([audio(100, 1), audio(60, 2)]));
    expect(playout.play(160).audio).toEqual(audio(40, 2));
    expect(playout.play(160).audio).toHaveLength(0);
  });

  it('returns a mark at once when nothing is buffered', () => {
    expect(new Playout().mark('a')).toEqual(['a']);
  });

  it('returns a mark when the audio before it has been played', () => {
    const playout = new Playout();
    playout.push(audio(160));
    expect(playout.mark('a')).toEqual([]);
    playout.push(audio(160));
    expect(playout.mark('b')).toEqual([]);
    expect(playout.play(160).marks).toEqual([]);
    expect(playout.play(160).marks).toEqual(['a']);
    expect(playout.mark('c')).toEqual([]);
    expect(playout.play(160).marks).toEqual(['b', 'c']);
  });

  it('drops its audio on clear and returns every outstanding mark in order', () => {
    const playout = new Playout();
    playout.push(audio(160));
    playout.mark('a');
    playout.push(audio(1600));
    playout.mark('b');
    playout.play(160);
    expect(playout.clear()).toEqual(['a', 'b']);
    expect(playout.bufferedBytes).toBe(0);
    expect(playout.play(160)).toEqual({ audio: Buffer.alloc(0), marks: [] });
    expect(playout.mark('c')).toEqual(['c']);
  });

  it('holds ten minutes and no more', () => {
    const playout = new Playout();
    expect(playout.push(audio(MAX_BUFFERED_BYTES))).toBe(true);
    expect(playout.push(audio(1))).toBe(false);
    expect(playout.bufferedBytes).toBe(MAX_BUFFERED_BYTES);
    playout.play(160);
    expect(playout.push(audio(200))).toBe(false);
    expect(playout.bufferedBytes).toBe(MAX_BUFFERED_BYTES);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AudioFormat } from '../../audio/audio-format.js';
import { Playout } from './playout.js';
import { Speech } from './speech.js';
import { TimerWheel } from './timer-wheel.js';

/** What a carrier is sent of speech in chunks of so many bytes, with a mark after each or without. */
function sentOf(
  format: AudioFormat,
  speech: Buffer,
  { chunk, isMarked, wholeFrames }: { chunk: number; isMarked: boolean; wholeFrames: boolean },
): { audio: Buffer; settled: string[] } {
  const sent: Buffer[] = [];
  const settled: string[] = [];
  const playout = new Playout({
    line: {
      audio: (frame) => sent.push(Buffer.from(frame)) > 0,
      mark: () => false,
      clear: () => undefined,
    },
    wheel: new TimerWheel(),
    wholeFrames,
    onFlood: () => {
      throw new Error('flooded');
    },
  });
  const spoken = new Speech({
    playout,
    format,
    rest: null,
    onMark: (name, outcome) => settled.push(`${name} ${outcome}`),
    onPlayed: () => undefined,
    digits: { by: 'none', ask: () => Promise.resolve(false) },
  });
  const utterance = spoken.speak();
  for (let at = 0; at < speech.length; at += chunk) {
    utterance.write(Buffer.from(speech.subarray(at, at + chunk)));
    if (isMarked) spoken.mark(String(at));
  }
  utterance.end();
  jest.advanceTimersByTime(7_000);
  spoken.end();
  return { audio: Buffer.concat(sent), settled };
}

describe('a mark is no boundary of audio', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const tone = Buffer.alloc(24_000 * 2);
  for (let n = 0; n < tone.length / 2; n += 1) {
    tone.writeInt16LE(Math.round(9_000 * Math.sin(n / 9)), 2 * n);
  }

  it.each<[AudioFormat, number]>([
    ['pcm_24000', 961],
    ['pcm_24000', 333],
    ['pcm_16000', 7],
    ['pcm_8000', 321],
    ['mulaw_8000', 101],
  ])('of %s in chunks of %i bytes: what is sent is the same with and without', (format, chunk) => {
    for (const wholeFrames of [false, true]) {
      const plain = sentOf(format, tone, { chunk, isMarked: false, wholeFrames });
      const marked = sentOf(format, tone, { chunk, isMarked: true, wholeFrames });
      expect(marked.audio.equals(plain.audio)).toBe(true);
      expect(marked.settled).toHaveLength(Math.ceil(tone.length / chunk));
      expect(marked.settled.every((one) => one.endsWith('played'))).toBe(true);
    }
  });
});

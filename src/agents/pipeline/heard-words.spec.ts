import { describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '../../audio/mulaw.js';
import { firstByShare, firstByTimes } from './heard-words.js';
import { SoundTrack } from './sound-track.js';

const words = (...ends: Array<[string, number]>) => ends.map(([word, endMs]) => ({ word, endMs }));

describe('firstByTimes', () => {
  const text = 'At 10 o’clock, the the shop opens.';

  it('ends with the last word that was over', () => {
    const times = words(['At', 200], ['ten', 400], ["o'clock", 700], ['the', 900], ['the', 1_100]);
    expect(firstByTimes(text, times, 199)).toBe('');
    expect(firstByTimes(text, times, 899)).toBe('At');
    expect(firstByTimes(text, times, 900)).toBe('At 10 o’clock, the');
    expect(firstByTimes(text, times, 1_100)).toBe('At 10 o’clock, the the');
  });

  it('is the whole with the last of its words, and takes signs for no words', () => {
    const times = words(['the', 100], [' ', 120], [',', 150], ['OPENS', 300]);
    expect(firstByTimes(text, times, 299)).toBe('At 10 o’clock, the');
    expect(firstByTimes(text, times, 300)).toBe(text);
  });
});

describe('firstByShare', () => {
  it('goes by letters, not by signs, and a figure lasts as long as a word', () => {
    expect(firstByShare('One, two — — — — — three.', 0.6)).toBe('One, two');
    expect(firstByShare('7 7 7 a.', 0.9)).toBe('7 7 7');
  });

  it('is nothing of nothing, and the whole of all', () => {
    expect(firstByShare('One two.', 0)).toBe('');
    expect(firstByShare('One two!"', 1)).toBe('One two!"');
    expect(firstByShare('…', 0)).toBe('…');
  });

  it('finds the words of a script without spaces', () => {
    const heard = firstByShare('我们早上九点开门。', 0.6);
    expect(heard).toMatch(/^我们早上/);
    expect(heard).not.toContain('开门');
  });
});

describe('SoundTrack', () => {
  const track = (...parts: Array<[ms: number, level: number]>): SoundTrack => {
    const made = new SoundTrack();
    for (const [ms, level] of parts) {
      const samples = Int16Array.from({ length: 8 * ms }, (_, at) => (at % 2 ? level : -level));
      const mulaw = encodeMulaw(samples);
      // Chunks of any length.
      for (let at = 0; at < mulaw.length; at += 77) made.write(mulaw.subarray(at, at + 77));
    }
    return made;
  };

  it('leaves out what is quiet at the beginning and the end, and pauses between', () => {
    const made = track([50, 10], [300, 8_000], [200, 10], [100, 8_000], [400, 0]);
    expect(made.soundMs()).toBe(400);
    expect(made.soundMs(50)).toBe(0);
    expect(made.soundMs(150)).toBe(100);
    expect(made.soundMs(500)).toBe(300);
    expect(made.soundMs(600)).toBe(350);
  });

  it('counts a short silence within a word', () => {
    const made = track([100, 8_000], [60, 0], [100, 8_000]);
    expect(made.soundMs()).toBe(260);
    expect(made.soundMs(130)).toBe(130);
  });
});

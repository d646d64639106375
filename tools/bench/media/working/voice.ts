import { SeededRandom } from '../../../carrier/random.js';

/** The highest overtone is below this, where a telephone's band ends. */
const BAND_HZ = 3_400;
const SYLLABLES_PER_SECOND = 4;
const PEAK = 12_000;
const NOISE_PEAK = 24;

/** Two formants of six vowels, in Hz. */
const VOWELS = [
  [730, 1090],
  [270, 2290],
  [570, 840],
  [530, 1840],
  [300, 870],
  [660, 1720],
] as const;

/**
 * Speech as far as a machine cares: a voice whose pitch wanders, a vowel for each syllable, loud and
 * soft at the pace of syllables.
 *
 * @param pitch Hz, in the middle of its melody
 */
export function voice(pitch: number, sampleRate: number, seconds: number): Int16Array {
  const { sin, cos, floor, round, PI } = Math;
  const shape = new Float64Array(sampleRate * seconds);
  let phase = 0;
  let peak = 0;
  for (let at = 0; at < shape.length; at += 1) {
    const time = at / sampleRate;
    const frequency = pitch * (1 + 0.15 * sin(2 * PI * 0.7 * time));
    phase += (2 * PI * frequency) / sampleRate;
    const syllables = time * SYLLABLES_PER_SECOND;
    const formants = VOWELS[floor(syllables) % VOWELS.length] ?? VOWELS[0];
    let sum = 0;
    for (let overtone = 1; overtone * frequency < BAND_HZ; overtone += 1) {
      sum += strength(overtone * frequency, formants) * sin(overtone * phase);
    }
    shape[at] = sum * (0.5 - 0.5 * cos(2 * PI * syllables));
    peak = Math.max(peak, Math.abs(shape[at] as number));
  }
  return Int16Array.from(shape, (value) => round((value * PEAK) / peak));
}

/** A quiet room. */
export function roomNoise(samples: number): Int16Array {
  const random = new SeededRandom(1);
  return Int16Array.from({ length: samples }, () => random.between(-NOISE_PEAK, NOISE_PEAK));
}

function strength(frequency: number, [first, second]: readonly [number, number]): number {
  return 0.05 + (near(frequency - first) + near(frequency - second)) / (1 + frequency / 1000);
}

function near(distance: number): number {
  return 1 / (1 + (distance / 100) ** 2);
}

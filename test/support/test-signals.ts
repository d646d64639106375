import { SeededRandom } from '../../tools/carrier/random.js';
import { encodeMulaw, MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';

/**
 * Synthetic audio, one channel of 16-bit samples, 8 kHz by default. Levels are
 * dBov: of the mean power against that of the loudest square wave, so that a
 * full sine has −3. μ-law's 0 dBm0 is −6.15 dBov.
 */
const FULL_SCALE = 32_768;

// Jest looks up globals slowly, and these are asked for each sample.
const { sin, cos, exp, round, min, max, PI } = Math;

interface ToneShape {
  sampleRate?: number;
  ms: number;
  dbov?: number;
}

export function tone(frequency: number, shape: ToneShape): Int16Array {
  return tones([frequency], shape);
}

/** Steady sines of equal strength; `dbov` is their sum's. */
export function tones(
  frequencies: number[],
  { sampleRate = 8000, ms, dbov = -10 }: ToneShape,
): Int16Array {
  return drawn({ sampleRate, ms, dbov }, (seconds) =>
    frequencies.reduce((sum, frequency) => sum + sin(2 * PI * frequency * seconds), 0),
  );
}

export function silence(ms: number): Int16Array {
  return new Int16Array(ms * 8);
}

/** White noise. */
export function noise(ms: number, dbov: number, seed = 1): Int16Array {
  const random = new SeededRandom(seed);
  return drawn({ ms, dbov }, () => gaussian(random));
}

/** Mains hum: the base frequency and its overtones, each weaker than the one before. */
export function hum(ms: number, dbov: number, base = 50): Int16Array {
  return drawn({ ms, dbov }, (seconds) => {
    let sum = 0;
    for (let overtone = 1; overtone <= 12; overtone++) {
      sum += sin(2 * PI * base * overtone * seconds + overtone) / overtone;
    }
    return sum;
  });
}

/** A breathy burst that starts at once and fades. */
export function cough(dbov: number, ms = 120, seed = 2): Int16Array {
  const random = new SeededRandom(seed);
  let last = 0;
  return drawn({ ms, dbov }, (seconds) => {
    last = 0.5 * last + gaussian(random);
    return last * exp((-2 * seconds * 1000) / ms);
  });
}

/** Something that struck the microphone: 3 ms of ringing. */
export function click(dbov = -20): Int16Array {
  return drawn({ ms: 20, dbov }, (seconds) =>
    seconds < 0.003 ? sin(2 * PI * 1800 * seconds) * exp(-seconds * 700) : 0,
  );
}

interface SpeechShape {
  ms: number;
  dbov: number;
  /** Hz, at the middle of its melody. */
  pitch?: number;
  syllablesPerSecond?: number;
}

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
 * Speech as a detector sees it: a voice whose pitch wanders, a vowel for each
 * syllable, loud and soft at the pace of syllables.
 */
export function speech({ ms, dbov, pitch = 120, syllablesPerSecond = 4 }: SpeechShape): Int16Array {
  let phase = 0;
  return drawn({ ms, dbov }, (seconds) => {
    const syllables = seconds * syllablesPerSecond;
    const frequency = pitch * (1 + 0.15 * sin(2 * PI * 0.7 * seconds));
    phase += (2 * PI * frequency) / 8000;
    const formants = VOWELS[Math.floor(syllables) % VOWELS.length] ?? VOWELS[0];
    let sum = 0;
    for (let overtone = 1; overtone * frequency < 3400; overtone++) {
      sum += strength(overtone * frequency, formants) * sin(overtone * phase);
    }
    return sum * (0.5 - 0.5 * cos(2 * PI * syllables));
  });
}

function strength(frequency: number, [first, second]: readonly [number, number]): number {
  return 0.05 + (peak(frequency - first) + peak(frequency - second)) / (1 + frequency / 1000);
}

function peak(distance: number): number {
  return 1 / (1 + (distance / 100) ** 2);
}

/** One after another. */
export function inTurn(...signals: Int16Array[]): Int16Array {
  const all = new Int16Array(signals.reduce((sum, signal) => sum + signal.length, 0));
  let at = 0;
  for (const signal of signals) {
    all.set(signal, at);
    at += signal.length;
  }
  return all;
}

/** All at once; as long as the first. */
export function together(first: Int16Array, ...others: Int16Array[]): Int16Array {
  return first.map((sample, index) =>
    max(
      -FULL_SCALE,
      min(
        FULL_SCALE - 1,
        others.reduce((sum, other) => sum + (other[index] ?? 0), sample),
      ),
    ),
  );
}

/** Whole frames of 20 ms, as carriers send them. */
export function mulawFrames(samples: Int16Array): Buffer[] {
  const bytes = encodeMulaw(samples);
  return Array.from({ length: Math.floor(bytes.length / MULAW_FRAME_BYTES) }, (_, index) =>
    bytes.subarray(index * MULAW_FRAME_BYTES, (index + 1) * MULAW_FRAME_BYTES),
  );
}

/** The level of the sine that fits best, and how far everything else is below it. */
export function measureTone(
  samples: Int16Array,
  frequency: number,
  sampleRate: number,
): { dbov: number; snrDb: number } {
  const [sines, cosines] = [sin, cos].map((wave) =>
    Float64Array.from(samples, (_, index) => wave((2 * PI * frequency * index) / sampleRate)),
  ) as [Float64Array, Float64Array];
  const dot = (a: ArrayLike<number>, b: Float64Array) =>
    b.reduce((sum, value, index) => sum + value * (a[index] ?? 0), 0);
  const [ss, sc, cc] = [dot(sines, sines), dot(sines, cosines), dot(cosines, cosines)];
  const [xs, xc] = [dot(samples, sines), dot(samples, cosines)];
  const determinant = ss * cc - sc * sc;
  const inSine = (xs * cc - xc * sc) / determinant;
  const inCosine = (xc * ss - xs * sc) / determinant;
  let rest = 0;
  samples.forEach((sample, index) => {
    rest += (sample - inSine * (sines[index] ?? 0) - inCosine * (cosines[index] ?? 0)) ** 2;
  });
  const power = (inSine ** 2 + inCosine ** 2) / 2;
  return {
    dbov: 10 * Math.log10(power / FULL_SCALE ** 2),
    snrDb: 10 * Math.log10(power / (rest / samples.length)),
  };
}

function drawn(
  { sampleRate = 8000, ms, dbov }: ToneShape & { dbov: number },
  sampleAt: (seconds: number) => number,
): Int16Array {
  const length = round((ms * sampleRate) / 1000);
  const shape = Float64Array.from({ length }, (_, index) => sampleAt(index / sampleRate));
  const power = shape.reduce((sum, value) => sum + value * value, 0) / length;
  const gain = (FULL_SCALE * 10 ** (dbov / 20)) / Math.sqrt(power);
  return Int16Array.from(shape, (value) =>
    max(-FULL_SCALE, min(FULL_SCALE - 1, round(value * gain))),
  );
}

/** Nearly. */
function gaussian(random: SeededRandom): number {
  return random.next() + random.next() + random.next() - 1.5;
}

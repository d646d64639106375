import { SeededRandom } from '../../tools/carrier/random.js';

// Music and other sounds that are no caller, by arithmetic: 16 bits, 8 kHz. For their level see `atLevel`.

// Jest looks up globals slowly, and these are asked for each sample.
const { abs, exp, max, min, PI, round, sin, sqrt } = Math;

const RATE = 8000;
const LOUD = 20_000;

interface Note {
  /** Hz. */
  pitch: number;
  from: number;
  seconds: number;
  /** How much weaker each overtone is. */
  fall?: number;
  overtones?: number;
  /** Of the pitch, 5.5 times a second. */
  vibrato?: number;
  /** How fast a struck string falls silent; 0: it is held. */
  decay?: number;
  attack?: number;
  formants?: ReadonlyArray<readonly [hz: number, width: number]>;
}

function played(seconds: number, notes: readonly Note[], noisy = 0): Int16Array {
  const sum = new Float64Array(seconds * RATE);
  const random = new SeededRandom(5);
  if (noisy > 0) sum.forEach((_, at) => (sum[at] = (random.next() - 0.5) * noisy));
  for (const note of notes) play(sum, note);
  const most = sum.reduce((peak, value) => max(peak, abs(value)), 0);
  return Int16Array.from(sum, (value) => round((value / most) * LOUD));
}

function play(sum: Float64Array, note: Note): void {
  const { pitch, from, seconds, fall = 1.2, overtones = 8 } = note;
  const { vibrato = 0, decay = 0, attack = 0.03, formants } = note;
  const start = round(from * RATE);
  let phase = 0;
  const strengths = Array.from({ length: overtones + 1 }, (_, k) =>
    strength(k * pitch, k, fall, formants),
  );
  for (let n = 0; n < seconds * RATE && start + n < sum.length; n += 1) {
    const time = n / RATE;
    phase += (2 * PI * pitch * (1 + vibrato * sin(2 * PI * 5.5 * time))) / RATE;
    let value = 0;
    for (let k = 1; k <= overtones && k * pitch < 3_600; k += 1) {
      value += strengths[k]! * sin(k * phase);
    }
    const swell = min(1, time / attack, (seconds - time) / 0.06);
    sum[start + n]! += swell * value * exp(-time * decay);
  }
}

function strength(hz: number, overtone: number, fall: number, formants?: Note['formants']): number {
  if (!formants) return 1 / overtone ** fall;
  const peaks = formants.map(([center, width]) => 1 / (1 + ((hz - center) / width) ** 2));
  return peaks.reduce((all, peak) => all + peak, 0.02) / sqrt(overtone);
}

const hertz = (key: number): number => 440 * 2 ** ((key - 69) / 12);

export function violin(): Int16Array {
  const keys = [69, 72, 76, 74, 72, 71, 69, 64];
  return played(
    5,
    keys.map((key, n) => ({
      pitch: hertz(key),
      from: n * 0.6,
      seconds: 0.62,
      vibrato: 0.012,
      fall: 1,
      overtones: 10,
      attack: 0.08,
    })),
  );
}

export function piano(): Int16Array {
  const keys = [60, 64, 67, 72, 67, 64, 65, 69, 72, 69, 62, 67];
  return played(
    5,
    keys.flatMap((key, n) =>
      [0, ...(n % 4 === 0 ? [-12, -8, -5] : [])].map((interval) => ({
        pitch: hertz(key + interval),
        from: n * 0.4,
        seconds: interval === 0 ? 0.9 : 1.5,
        decay: interval === 0 ? 4 : 2,
        fall: 1.5,
        attack: 0.004,
      })),
    ),
  );
}

export function chords(): Int16Array {
  const roots = [57, 53, 60, 55];
  return played(
    6,
    roots.flatMap((root, n) =>
      [0, 4, 7, -12].map((interval) => ({
        pitch: hertz(root + interval),
        from: n * 1.5,
        seconds: 1.5,
        fall: 1.6,
      })),
    ),
    0.2,
  );
}

export function vacuum(): Int16Array {
  return played(4, [{ pitch: 210, from: 0, seconds: 4, fall: 1, overtones: 16 }], 3);
}

export function baby(): Int16Array {
  return played(
    3.6,
    [0, 1.2, 2.4].flatMap((from) =>
      [400, 460, 500].map((pitch, n) => ({
        pitch,
        from: from + n * 0.3,
        seconds: 0.32,
        fall: 1,
        vibrato: 0.02,
        attack: 0.05,
      })),
    ),
  );
}

export function laugh(): Int16Array {
  return played(
    2.4,
    Array.from({ length: 9 }, (_, n) => ({
      pitch: 230 - n * 8,
      from: n * 0.21,
      seconds: 0.12,
      overtones: 14,
      attack: 0.015,
      formants: [
        [650, 120],
        [1100, 150],
        [2500, 250],
      ],
    })),
  );
}

/** 120 ms at 8 kHz. */
const WINDOW = 960;
/** Quieter windows say nothing. */
const LOUD_RMS = 300;
/**
 * How much later than it was played something may be heard, and how much earlier, in 8 kHz samples. A
 * recording that begins when a call's stream opens has what was played long before, where that took long.
 */
const LATEST = 48_000;
const EARLIEST = 80_000;
/** Around the shift of the window before, and as far as a jitter buffer jumps. */
const NEAR = 400;
const JUMP = 4_000;
const WINDOWS_MAX = 40;
/** A piece that fits less than this was not found. */
const FOUND = 0.9;

export interface Likeness {
  /** The median of the windows' best correlations, from 0 to 1. */
  correlation: number;
  /**
   * What the best quarter of the windows reaches: how alike the sound is where no frame was late,
   * on a machine that is too busy to play all of them in time.
   */
  atBest: number;
  /** How many windows were compared. */
  windows: number;
  /** How much later it was heard than played, in milliseconds. */
  shiftMs: number;
}

/**
 * How alike two sounds are: windows of what was heard are looked for in what was played. A frame
 * that is lost here and there costs a window, and no more.
 */
export function likeness(played: Int16Array, heard: Int16Array): Likeness {
  const starts: number[] = [];
  for (let at = 0; at + WINDOW <= heard.length; at += WINDOW) {
    if (levelOf(heard.subarray(at, at + WINDOW)) > LOUD_RMS) starts.push(at);
  }
  const step = Math.max(1, Math.floor(starts.length / WINDOWS_MAX));
  const chosen = starts.filter((_, index) => index % step === 0);
  let around: number | null = null;
  const search = searchIn(played);
  const found = chosen.map((at) => {
    const piece = heard.subarray(at, at + WINDOW);
    const expected: number | null = around === null ? null : at - around;
    const ranges: ReadonlyArray<[from: number, to: number]> = [
      ...(expected === null ? [] : near(expected)),
      [at - LATEST, at + EARLIEST],
    ];
    let best = { correlation: 0, at };
    for (const [from, to] of ranges) {
      if (best.correlation >= FOUND) break;
      best = search(piece, from, to);
    }
    const shift = at - best.at;
    if (best.correlation >= FOUND) around = shift;
    return { correlation: best.correlation, shift };
  });
  const correlations = found.map((one) => one.correlation);
  return {
    correlation: quantile(correlations, 0.5),
    atBest: quantile(correlations, 0.75),
    windows: found.length,
    shiftMs: Math.round(
      quantile(
        found.map(({ shift }) => shift),
        0.5,
      ) / 8,
    ),
  };
}

/**
 * A sound of which no part is like another: a new pair of tones every 100 ms, which `seed`
 * chooses. 8 kHz.
 */
export function tones(seconds: number, seed: number): Int16Array {
  const samples = new Int16Array(seconds * 8_000);
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1;
  const random = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  let [low, high, lowPhase, highPhase] = [0, 0, 0, 0];
  for (let index = 0; index < samples.length; index += 1) {
    if (index % 800 === 0) {
      low = 300 + random() * 1_200;
      high = 1_600 + random() * 1_500;
    }
    lowPhase += (2 * Math.PI * low) / 8_000;
    highPhase += (2 * Math.PI * high) / 8_000;
    samples[index] = 5_000 * Math.sin(lowPhase) + 3_000 * Math.sin(highPhase);
  }
  return samples;
}

function near(expected: number): Array<[from: number, to: number]> {
  return [
    [expected - NEAR, expected + NEAR],
    [expected - JUMP, expected + JUMP],
  ];
}

type Search = (piece: Int16Array, from: number, to: number) => { correlation: number; at: number };

/** Looks for the place where a piece fits best. */
function searchIn(played: Int16Array): Search {
  const energies = new Float64Array(played.length + 1);
  for (const [index, sample] of played.entries()) {
    energies[index + 1] = (energies[index] as number) + sample * sample;
  }
  return (piece, from, to) => {
    const own = levelOf(piece) * Math.sqrt(WINDOW);
    let best = { correlation: 0, at: from };
    for (let at = Math.max(0, from); at <= Math.min(to, played.length - WINDOW); at += 1) {
      let product = 0;
      for (let index = 0; index < WINDOW; index += 1) {
        product += (played[at + index] as number) * (piece[index] as number);
      }
      const energy = (energies[at + WINDOW] as number) - (energies[at] as number);
      const correlation = product / (Math.sqrt(energy) * own || 1);
      if (correlation > best.correlation) best = { correlation, at };
    }
    return best;
  };
}

function levelOf(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / samples.length);
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** 120 ms at 8 kHz: long enough to be like nothing else, short enough to be quick. */
const WINDOW = 960;
/** A window of this loudness can be recognized. */
const LOUD_RMS = 300;
/** How many windows of the sound are compared, spread over it. */
const WINDOWS_MAX = 24;
/** How far a window may be from its place, because a frame came late or was cut out. */
const NEAR = 800;
/** From here on two windows are the same; telephones' compression costs less than the rest. */
const SAME = 0.9;
/** By how much two places differ that are the same for an ear. */
const ALIKE = 0.02;

export interface FoundSound {
  /** Where it begins, in milliseconds. */
  atMs: number;
  /** The share of its windows that were found in their places, from 0 to 1. */
  share: number;
}

/**
 * Looks for a sound in what was heard; both at 8 kHz.
 * @returns null if nothing of it is there, or the sound is too quiet or short to be recognized
 */
export function findSound(sound: Int16Array, heard: Int16Array): FoundSound | null {
  const starts = loudStarts(sound);
  const step = Math.max(1, Math.floor(starts.length / WINDOWS_MAX));
  const chosen = starts.filter((_, index) => index % step === 0);
  let best: FoundSound | null = null;
  // Should the frames of one probe be lost, another is found.
  for (const probe of new Set([chosen[0], chosen[chosen.length >> 1], chosen.at(-1)])) {
    if (probe === undefined) continue;
    const shift = shiftOf(sound, probe, heard);
    if (shift === null) continue;
    const found = chosen.filter((start) => {
      const piece = sound.subarray(start, start + WINDOW);
      const at = start + shift;
      return bestIn(heard, piece, at - NEAR, at + NEAR).correlation >= SAME;
    });
    const share = found.length / chosen.length;
    if (best && share <= best.share) continue;
    best = { atMs: Math.max(0, Math.round(shift / 8)), share };
    if (share === 1) break;
  }
  return best;
}

/** How much later a window is heard than it is played; null: it is not there. */
function shiftOf(sound: Int16Array, start: number, heard: Int16Array): number | null {
  const piece = sound.subarray(start, start + WINDOW);
  const last = heard.length - WINDOW;
  const best = bestIn(heard, piece, 0, last);
  if (best.correlation < SAME) return null;
  // A steady tone is like itself in many places: the first one counts.
  return bestIn(heard, piece, 0, last, best.correlation - ALIKE).at - start;
}

function loudStarts(sound: Int16Array): number[] {
  const count = Math.floor(sound.length / WINDOW);
  return Array.from({ length: count }, (_, index) => index * WINDOW).filter(
    (start) => levelAt(sound, start) > LOUD_RMS,
  );
}

/**
 * The place between two others where a piece fits best.
 * @param enough the first place that fits so well will do
 */
function bestIn(
  heard: Int16Array,
  piece: Int16Array,
  from: number,
  to: number,
  enough = Infinity,
): { correlation: number; at: number } {
  const own = Math.sqrt(energyOf(piece, 0));
  const first = Math.max(0, from);
  let best = { correlation: 0, at: first };
  let energy = energyOf(heard, first);
  for (let at = first; at <= Math.min(to, heard.length - WINDOW); at += 1) {
    let product = 0;
    for (let index = 0; index < WINDOW; index += 1) {
      product += (heard[at + index] ?? 0) * (piece[index] ?? 0);
    }
    const correlation = product / (Math.sqrt(energy) * own || 1);
    if (correlation > best.correlation) best = { correlation, at };
    if (correlation >= enough) break;
    // The window moves by one sample.
    energy += (heard[at + WINDOW] ?? 0) ** 2 - (heard[at] ?? 0) ** 2;
  }
  return best;
}

function levelAt(samples: Int16Array, start: number): number {
  return Math.sqrt(energyOf(samples, start) / WINDOW);
}

function energyOf(samples: Int16Array, start: number): number {
  let energy = 0;
  for (let index = start; index < start + WINDOW; index += 1) energy += (samples[index] ?? 0) ** 2;
  return energy;
}

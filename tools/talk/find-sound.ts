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
  const loudest = starts.toSorted((a, b) => levelAt(sound, b) - levelAt(sound, a))[0];
  if (loudest === undefined) return null;
  const probe = sound.subarray(loudest, loudest + WINDOW);
  const place = bestIn(heard, probe, 0, heard.length - WINDOW);
  if (place.correlation < SAME) return null;
  const shift = place.at - loudest;
  const step = Math.max(1, Math.floor(starts.length / WINDOWS_MAX));
  const chosen = starts.filter((_, index) => index % step === 0);
  const found = chosen.filter((start) => {
    const piece = sound.subarray(start, start + WINDOW);
    const at = start + shift;
    return bestIn(heard, piece, at - NEAR, at + NEAR).correlation >= SAME;
  });
  return { atMs: Math.max(0, Math.round(shift / 8)), share: found.length / chosen.length };
}

function loudStarts(sound: Int16Array): number[] {
  const count = Math.floor(sound.length / WINDOW);
  return Array.from({ length: count }, (_, index) => index * WINDOW).filter(
    (start) => levelAt(sound, start) > LOUD_RMS,
  );
}

/** The place between two others where a piece fits best. */
function bestIn(
  heard: Int16Array,
  piece: Int16Array,
  from: number,
  to: number,
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

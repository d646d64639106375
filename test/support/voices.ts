import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeMulaw } from '../../src/audio/mulaw.js';

const FOLDER = fileURLToPath(new URL('../fixtures/voices/', import.meta.url));

/** A voice that espeak-ng spoke, at 8 kHz; see `scripts/test-voices.mjs`. */
export function voice(name: string): Int16Array {
  return decodeMulaw(readFileSync(`${FOLDER}${name}.ulaw`));
}

/** One word, by six voices. */
export const STOPS = [1, 2, 3, 4, 5, 6].map((n) => `stop-${n}`);

const FRAME = 160;
/** Frames this far below the loudest do not count as a voice's own. */
const ACTIVE_DB = 35;

/** The same sound at this level: in dBov, of those frames that are not silent. */
export function atLevel(samples: Int16Array, dbov: number): Int16Array {
  const powers: number[] = [];
  for (let from = 0; from + FRAME <= samples.length; from += FRAME) {
    let power = 0;
    for (let at = from; at < from + FRAME; at += 1) power += (samples[at] ?? 0) ** 2 / FRAME;
    powers.push(power);
  }
  const least = Math.max(...powers) / 10 ** (ACTIVE_DB / 10);
  const active = powers.filter((power) => power > least);
  const mean = active.reduce((sum, power) => sum + power, 0) / active.length;
  const gain = (32_768 * 10 ** (dbov / 20)) / Math.sqrt(mean);
  return samples.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * gain))));
}

/** So many milliseconds of a sound, again and again if need be. */
export function lasting(samples: Int16Array, ms: number): Int16Array {
  const all = new Int16Array(ms * 8);
  for (let from = 0; from < all.length; from += samples.length) {
    all.set(samples.subarray(0, all.length - from), from);
  }
  return all;
}

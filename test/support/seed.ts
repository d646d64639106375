import { SeededRandom } from '../../tools/carrier/random.js';

/**
 * The seed of everything random in a run of the tests. `npm test` draws one, prints it and passes
 * it on; `SEED=…` repeats a run. Where Jest was started by hand and nothing is given, this file's
 * own is printed.
 */
export const SEED = given() ?? drawn();

/** Restarts with each call, so that a test draws the same numbers alone as among the others. */
export function seededRandom(): SeededRandom {
  return new SeededRandom(SEED);
}

function given(): number | null {
  const text = process.env['SEED'] ?? '';
  if (text === '') return null;
  if (!/^\d{1,10}$/.test(text)) throw new Error('SEED must be a whole number');
  return Number(text) >>> 0;
}

function drawn(): number {
  const seed = Math.floor(Math.random() * 1e9);
  process.stderr.write(`Random with SEED=${seed}\n`);
  return seed;
}

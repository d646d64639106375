import { MULAW_BYTES_PER_SECOND } from '../audio/mulaw.js';
import type { Resumed } from './agent.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
/** What is said again of what was heard, as the platform does. */
const AGAIN_BYTES = 200 * BYTES_PER_MS;

/**
 * Where an agent goes on with audio that it has itself, in bytes of μ-law, after the call came from
 * an earlier stream. It says the audio in one utterance at a time, and drops the platform's tail,
 * which has an end.
 *
 * @param resumed with a state
 * @param from where the utterance of the earlier stream began in the audio
 * @param length of the audio: nothing is left to say where all of it was heard
 */
export function goesOnAt({ interrupted }: Resumed, from: number, length: number): number {
  if (!interrupted) return length;
  const heard = Math.round(interrupted.heardMs * BYTES_PER_MS);
  return Math.min(length, from + Math.max(0, heard - AGAIN_BYTES));
}

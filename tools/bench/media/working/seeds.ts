import { SEEDS } from './turns.js';

/** Numbers that nobody has: the last two digits are a call's seed. */
const CALLER = '+120255501';

/** The number that a call of this seed comes from. */
export function callerOf(seed: number): string {
  return CALLER + String(seed % SEEDS).padStart(2, '0');
}

/** @param caller the number that a call came from, as the service says it */
export function seedOf(caller: string | null): number {
  return Number(caller?.slice(-2)) % SEEDS;
}

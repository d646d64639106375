import type { Instance } from '../api/types.js';
import type { StatusWords } from './statuses.js';
import { millisText } from './time.js';

const STATES: Record<Instance['state'], StatusWords> = {
  starting: { text: 'starting', tone: 'waiting', shape: '◌' },
  ready: { text: 'ready', tone: 'good', shape: '✓' },
  draining: { text: 'draining', tone: 'waiting', shape: '◑' },
  moving: { text: 'handing over', tone: 'waiting', shape: '↷' },
};

/** From here on the doctor warns of a clock. */
const CLOCK_OFF_MS = 500;

export function stateWords(state: string): StatusWords {
  return STATES[state as Instance['state']] ?? { text: state, tone: 'neutral', shape: '·' };
}

/** `12 of 500`; an older release does not tell. */
export function loadText({ live_calls: calls, capacity }: Instance): string {
  return capacity === 0 ? 'not told' : `${calls} of ${capacity}`;
}

/** How far a clock is from the store's, and whether that is too far. */
export function clockText(offsetMs: number): string {
  if (offsetMs === 0) return 'as the store’s';
  const side = offsetMs > 0 ? 'ahead' : 'behind';
  const text = `${millisText(Math.abs(offsetMs))} ${side}`;
  return Math.abs(offsetMs) > CLOCK_OFF_MS ? `▲ ${text}, too far` : text;
}

/** One sentence for all, for those who hear the page. */
export function instancesText(instances: readonly Instance[]): string {
  const ready = instances.filter(({ state }) => state === 'ready').length;
  const all = instances.length === 1 ? 'One instance' : `${instances.length} instances`;
  return `${all}, ${ready} ready`;
}

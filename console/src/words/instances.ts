import type { Instance } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import type { StatusWords } from './statuses.js';
import { millisText } from './time.js';

const STATES: Record<Instance['state'], StatusWords> = {
  starting: { text: m.system.starting, tone: 'waiting', shape: '◌' },
  ready: { text: m.common.ready, tone: 'good', shape: '✓' },
  draining: { text: m.system.draining, tone: 'waiting', shape: '◑' },
  moving: { text: m.system.handingOver, tone: 'waiting', shape: '↷' },
};

/** From here on the doctor warns of a clock. */
const CLOCK_OFF_MS = 500;

export function stateWords(state: string): StatusWords {
  return STATES[state as Instance['state']] ?? { text: state, tone: 'neutral', shape: '·' };
}

/** `12 of 500`; an older release does not tell. */
export function loadText({ live_calls: calls, capacity }: Instance): string {
  return capacity === 0 ? m.system.notTold : fill(m.system.callsOf, { calls, capacity });
}

/** How far a clock is from the store's, and whether that is too far. */
export function clockText(offsetMs: number): string {
  if (offsetMs === 0) return m.system.asTheStores;
  const side = offsetMs > 0 ? m.system.ahead : m.system.behind;
  const text = fill(side, { time: millisText(Math.abs(offsetMs)) });
  return Math.abs(offsetMs) > CLOCK_OFF_MS ? fill(m.system.tooFar, { text }) : text;
}

/** One sentence for all, for those who hear the page. */
export function instancesText(instances: readonly Instance[]): string {
  const ready = instances.filter(({ state }) => state === 'ready').length;
  const all = plural(m.system.instanceCount, instances.length);
  return fill(m.system.instancesReady, { all, ready });
}

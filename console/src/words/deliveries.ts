import type { Delivery, Endpoint, TestedEndpoint } from '../api/system-types.js';
import type { StatusWords } from './statuses.js';
import { millisText } from './time.js';

/** How a delivery is drawn. */
export function deliveryWords({
  state,
  attempts,
}: Pick<Delivery, 'state' | 'attempts'>): StatusWords {
  switch (state) {
    case 'delivered':
      return { text: 'delivered', tone: 'good', shape: '✓' };
    case 'dead':
      return { text: 'given up', tone: 'bad', shape: '✕' };
    case 'pending':
      return attempts === 0
        ? { text: 'waiting', tone: 'waiting', shape: '◌' }
        : { text: 'failing', tone: 'waiting', shape: '▲' };
    default:
      return { text: String(state), tone: 'neutral', shape: '·' };
  }
}

/** How an endpoint is drawn. */
export function endpointWords({
  enabled,
  disabled_reason: reason,
}: Pick<Endpoint, 'enabled' | 'disabled_reason'>): StatusWords {
  if (enabled) return { text: 'enabled', tone: 'good', shape: '✓' };
  return reason === null
    ? { text: 'disabled', tone: 'neutral', shape: '–' }
    : { text: 'disabled by its answer', tone: 'bad', shape: '✕' };
}

/** What an endpoint is told, in a few words. */
export function toldText({ types }: Pick<Endpoint, 'types'>): string {
  return types.length === 0 ? 'every event' : types.join(', ');
}

/** What came of a test, as a sentence. */
export function testText({ delivered, status, error, duration_ms: took }: TestedEndpoint): string {
  const after = `after ${millisText(took)}`;
  if (delivered) return `The endpoint answered ${status} ${after}.`;
  const why = error ?? 'it did not answer';
  return `It was not delivered: ${why} (${after}).`;
}

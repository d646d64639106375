import type { Delivery, Endpoint, TestedEndpoint } from '../api/system-types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import type { StatusWords } from './statuses.js';
import { millisText } from './time.js';

/** How a delivery is drawn. */
export function deliveryWords({
  state,
  attempts,
}: Pick<Delivery, 'state' | 'attempts'>): StatusWords {
  switch (state) {
    case 'delivered':
      return { text: m.webhooks.delivered, tone: 'good', shape: '✓' };
    case 'dead':
      return { text: m.webhooks.givenUp, tone: 'bad', shape: '✕' };
    case 'pending':
      return attempts === 0
        ? { text: m.webhooks.waiting, tone: 'waiting', shape: '◌' }
        : { text: m.webhooks.failing, tone: 'waiting', shape: '▲' };
    default:
      return { text: String(state), tone: 'neutral', shape: '·' };
  }
}

/** How an endpoint is drawn. */
export function endpointWords({
  enabled,
  disabled_reason: reason,
}: Pick<Endpoint, 'enabled' | 'disabled_reason'>): StatusWords {
  if (enabled) return { text: m.webhooks.enabled, tone: 'good', shape: '✓' };
  return reason === null
    ? { text: m.webhooks.disabled, tone: 'neutral', shape: '–' }
    : { text: m.webhooks.disabledByItsAnswer, tone: 'bad', shape: '✕' };
}

/** What an endpoint is told, in a few words. */
export function toldText({ types }: Pick<Endpoint, 'types'>): string {
  return types.length === 0 ? m.webhooks.everyEvent : types.join(', ');
}

/** What came of a test, as a sentence. */
export function testText({ delivered, status, error, duration_ms: took }: TestedEndpoint): string {
  const time = millisText(took);
  if (delivered) return fill(m.webhooks.theEndpointAnswered, { status: status ?? 0, time });
  return fill(m.webhooks.itWasNotDelivered, { why: error ?? m.webhooks.itDidNotAnswer, time });
}

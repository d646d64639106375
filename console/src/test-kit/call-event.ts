import type { CallEvent } from '../api/types.js';

/** One line of a timeline, for specs: a status that the carrier reported, unless `fields` say otherwise. */
export function callEvent(fields: Partial<CallEvent>): CallEvent {
  return {
    event_id: 1,
    type: 'status',
    status: null,
    provider_status: null,
    sequence: null,
    source: 'status-callback',
    outcome: 'applied',
    detail: {},
    occurred_at: null,
    received_at: '2026-11-23T10:00:00.000Z',
    ...fields,
  };
}

import { describe, expect, it } from '@jest/globals';
import { callEvent as event } from '../test-kit/call-event.js';
import { foldEvents, repeatsText } from './fold.js';

describe('a timeline', () => {
  it('shows what was told again with what it repeats', () => {
    const folded = foldEvents([
      event({ event_id: 1, status: 'ringing' }),
      event({ event_id: 2, status: 'answered' }),
      event({ event_id: 3, status: 'ringing', outcome: 'duplicate' }),
      event({ event_id: 4, status: 'answered', source: 'media' }),
      event({ event_id: 5, status: 'answered', outcome: 'duplicate' }),
      event({ event_id: 6, type: 'stream', source: 'media', detail: { step: 'started' } }),
    ]);
    expect(folded.map(({ event: { event_id: id } }) => id)).toEqual([1, 2, 6]);
    expect(folded.map(({ repeats }) => repeats.map(({ event_id: id }) => id))).toEqual([
      [3],
      [4, 5],
      [],
    ]);
    expect(folded.slice(0, 2).map(repeatsText)).toEqual(['told again', 'told again 2 times']);
  });

  it('leaves late events in their places, and a repetition whose first is not there', () => {
    const folded = foldEvents([
      event({ event_id: 1, status: 'busy', outcome: 'duplicate' }),
      event({ event_id: 2, status: 'completed' }),
      event({ event_id: 3, status: 'ringing', outcome: 'late' }),
      event({ event_id: 4, status: 'ringing', outcome: 'duplicate' }),
    ]);
    expect(folded.map(({ event: { event_id: id }, line: { mark } }) => [id, mark])).toEqual([
      [1, 'duplicate'],
      [2, null],
      [3, 'late'],
      [4, 'duplicate'],
    ]);
  });

  it('keeps every event, once', () => {
    const all = ['initiated', 'ringing', 'ringing', 'answered', 'answered', 'answered'] as const;
    const events = all.map((status, index) =>
      event({ event_id: index, status, outcome: index % 2 === 0 ? 'applied' : 'duplicate' }),
    );
    const folded = foldEvents(events);
    const ids = folded.flatMap(({ event: first, repeats }) =>
      [first, ...repeats].map(({ event_id: id }) => id),
    );
    expect(ids.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

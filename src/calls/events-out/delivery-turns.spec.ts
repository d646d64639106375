import { describe, expect, it } from '@jest/globals';
import type { WaitingEndpoint } from './event-deliveries.js';
import {
  AT_ONCE,
  AT_ONCE_PER_ENDPOINT,
  DeliveryTurns,
  KEPT_FREE,
  SLOW_AT_ONCE,
  SLOW_FOR_MS,
  USER_SHARE,
} from './delivery-turns.js';

const NOW = 1_000_000;

const endpoint = (endpointId: number, userId: number, dueAt = NOW): WaitingEndpoint => ({
  endpointId,
  userId,
  dueAt,
  url: 'https://example.com/',
  secret: 'whsec_',
  version: 0,
});
/** Endpoints of one user, with ids counted up from `from`. */
const endpoints = (userId: number, from: number, count: number): WaitingEndpoint[] =>
  Array.from({ length: count }, (_, index) => endpoint(from + index, userId));

describe('turns', () => {
  let nextId = 1;
  /** Takes the places that are given, and returns how many each endpoint got. */
  const take = (turns: DeliveryTurns, waiting: WaitingEndpoint[], now = NOW) => {
    const got = new Map<number, number>();
    for (const { endpoint: one, places } of turns.next(waiting, now)) {
      got.set(one.endpointId, places);
      for (let place = 0; place < places; place += 1) turns.begin(nextId++, one);
    }
    return got;
  };
  const sum = (got: Map<number, number>): number => [...got.values()].reduce((a, b) => a + b, 0);

  it('give one endpoint at most four deliveries under way', () => {
    const turns = new DeliveryTurns();
    expect(take(turns, [endpoint(1, 1)])).toEqual(new Map([[1, AT_ONCE_PER_ENDPOINT]]));
    expect(take(turns, [endpoint(1, 1)])).toEqual(new Map());
    turns.end(turns.of(1)[0] ?? 0);
    expect(take(turns, [endpoint(1, 1)])).toEqual(new Map([[1, 1]]));
  });

  it('leave the kept places to others, however many endpoints one user has', () => {
    const turns = new DeliveryTurns();
    const flood = endpoints(1, 1, 100);
    expect(sum(take(turns, flood))).toBe(AT_ONCE - KEPT_FREE);
    expect(sum(take(turns, flood))).toBe(0);
    // Each of the other users gets a share at once, until all places are taken.
    for (let user = 2; user < 2 + KEPT_FREE / USER_SHARE; user += 1) {
      const got = take(turns, [...flood, ...endpoints(user, user * 1_000, 5)]);
      expect(sum(got)).toBe(USER_SHARE);
      expect([...got.keys()].every((id) => id >= user * 1_000)).toBe(true);
    }
    expect(sum(take(turns, endpoints(99, 99_000, 5)))).toBe(0);
  });

  it('go first to those with the fewest deliveries under way, then to those that waited longest', () => {
    const turns = new DeliveryTurns();
    turns.begin(nextId++, endpoint(5, 1));
    const order = turns
      .next([endpoint(1, 1, NOW - 9), endpoint(20, 2, NOW - 1), endpoint(30, 3, NOW - 5)], NOW)
      .map(({ endpoint: one }) => one.endpointId);
    expect(order).toEqual([30, 20, 1]);
  });

  it('share what a user may have among that user’s endpoints', () => {
    const turns = new DeliveryTurns();
    const got = take(turns, endpoints(1, 1, AT_ONCE - KEPT_FREE));
    expect([...got.values()].every((places) => places === 1)).toBe(true);
    expect(got.size).toBe(AT_ONCE - KEPT_FREE);
  });

  it('start no delivery before it is due', () => {
    const turns = new DeliveryTurns();
    expect(take(turns, [endpoint(1, 1, NOW + 1)])).toEqual(new Map());
    expect(sum(take(turns, [endpoint(1, 1, NOW)]))).toBeGreaterThan(0);
  });

  it('put an endpoint that just timed out last, with one attempt at a time', () => {
    const turns = new DeliveryTurns();
    turns.timedOut(1, NOW);
    const order = turns.next([endpoint(1, 1, NOW - 9), endpoint(2, 1)], NOW);
    expect(order.map(({ endpoint: one, places }) => [one.endpointId, places])).toEqual([
      [2, AT_ONCE_PER_ENDPOINT],
      [1, 1],
    ]);
    turns.begin(nextId++, endpoint(1, 1));
    expect(take(turns, [endpoint(1, 1)])).toEqual(new Map());
  });

  it('give all endpoints that timed out few places together, whichever user owns them', () => {
    const turns = new DeliveryTurns();
    const slow = Array.from({ length: 60 }, (_, index) => endpoint(index + 1, index + 1));
    for (const { endpointId } of slow) turns.timedOut(endpointId, NOW);
    expect(sum(take(turns, slow))).toBe(SLOW_AT_ONCE);
    expect(sum(take(turns, slow))).toBe(0);
    expect(sum(take(turns, [endpoint(100, 100)]))).toBe(AT_ONCE_PER_ENDPOINT);
  });

  it.each([
    ['answers', (turns: DeliveryTurns) => turns.answered(1), NOW],
    ['was left alone for long', () => undefined, NOW + SLOW_FOR_MS],
  ])('an endpoint that timed out and %s is like the others again', (_what, then, at) => {
    const turns = new DeliveryTurns();
    turns.timedOut(1, NOW);
    then(turns);
    expect(take(turns, [endpoint(1, 1)], at)).toEqual(new Map([[1, AT_ONCE_PER_ENDPOINT]]));
  });

  it('leave an endpoint alone for as long as it asked', () => {
    const turns = new DeliveryTurns();
    turns.rest(1, NOW + 60_000);
    expect(take(turns, [endpoint(1, 1)], NOW + 59_999)).toEqual(new Map());
    expect(sum(take(turns, [endpoint(1, 1)], NOW + 60_000))).toBeGreaterThan(0);
  });
});

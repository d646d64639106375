import type { WaitingEndpoint } from './event-deliveries.js';

/** How many deliveries of all users together may be under way at a time. */
export const AT_ONCE = 64;
/**
 * Places kept for users with fewer than their share under way, so that a flood of
 * others cannot take them.
 */
export const KEPT_FREE = 16;
/** Deliveries of one user that may take those places. */
export const USER_SHARE = 4;
/** Deliveries of one endpoint under way at a time, so that a slow endpoint holds up only itself. */
export const AT_ONCE_PER_ENDPOINT = 4;
/**
 * How many deliveries to endpoints that just timed out may be under way, with one
 * attempt at a time for each endpoint.
 */
export const SLOW_AT_ONCE = 16;
/** How long after a timeout an endpoint comes last, unless it replies meanwhile. */
export const SLOW_FOR_MS = 10 * 60_000;

/** Decides which endpoint comes next, so that no user and no endpoint holds up another. */
export class DeliveryTurns {
  private readonly underWay = new Map<number, { endpointId: number; userId: number }>();
  /** The time until which an endpoint comes last, by endpoint id. */
  private readonly slowUntil = new Map<number, number>();
  /** The time until which an endpoint asked to be left alone, by endpoint id. */
  private readonly restsUntil = new Map<number, number>();

  begin(deliveryId: number, { endpointId, userId }: WaitingEndpoint): void {
    this.underWay.set(deliveryId, { endpointId, userId });
  }

  end(deliveryId: number): void {
    this.underWay.delete(deliveryId);
  }

  timedOut(endpointId: number, now: number): void {
    this.slowUntil.set(endpointId, now + SLOW_FOR_MS);
  }

  answered(endpointId: number): void {
    this.slowUntil.delete(endpointId);
  }

  rest(endpointId: number, until: number): void {
    this.restsUntil.set(endpointId, until);
  }

  /** The deliveries under way to an endpoint. */
  of(endpointId: number): number[] {
    return [...this.underWay].filter(([, one]) => one.endpointId === endpointId).map(([id]) => id);
  }

  /**
   * How many more deliveries each endpoint may start, in the order in which to
   * start them. Users with the fewest under way come first, then those that
   * have waited longest; endpoints that just timed out come last.
   *
   * @param now milliseconds since 1970, as `dueAt`
   */
  next(
    waiting: readonly WaitingEndpoint[],
    now: number,
  ): Array<{ endpoint: WaitingEndpoint; places: number }> {
    forgetPast(this.slowUntil, now);
    forgetPast(this.restsUntil, now);
    const due = waiting
      .filter(({ dueAt, endpointId }) => dueAt <= now && !this.restsUntil.has(endpointId))
      .sort((a, b) => a.dueAt - b.dueAt || a.endpointId - b.endpointId);
    const loads = new Loads([...this.underWay.values()], this.slowUntil);
    const given = new Map<number, { endpoint: WaitingEndpoint; places: number }>();
    const give = (endpoints: WaitingEndpoint[], mayBegin: (one: WaitingEndpoint) => boolean) => {
      for (;;) {
        const able = endpoints.filter((one) => loads.hasRoomFor(one) && mayBegin(one));
        const [first] = able.sort(
          (a, b) => loads.ofUser(a) - loads.ofUser(b) || loads.ofEndpoint(a) - loads.ofEndpoint(b),
        );
        if (!first) return;
        loads.add(first);
        const turn = given.get(first.endpointId) ?? { endpoint: first, places: 0 };
        turn.places += 1;
        given.set(first.endpointId, turn);
      }
    };
    const isSlow = ({ endpointId }: WaitingEndpoint): boolean => this.slowUntil.has(endpointId);
    give(
      due.filter((one) => !isSlow(one)),
      (one) => loads.ofEndpoint(one) < AT_ONCE_PER_ENDPOINT,
    );
    give(due.filter(isSlow), (one) => loads.ofEndpoint(one) < 1 && loads.slow < SLOW_AT_ONCE);
    return [...given.values()];
  }
}

type Load = Pick<WaitingEndpoint, 'endpointId' | 'userId'>;

/** Counts the deliveries under way, by user and by endpoint. */
class Loads {
  slow = 0;
  private total = 0;
  private readonly byUser = new Map<number, number>();
  private readonly byEndpoint = new Map<number, number>();

  constructor(
    underWay: readonly Load[],
    private readonly slowEndpoints: ReadonlyMap<number, number>,
  ) {
    for (const one of underWay) this.add(one);
  }

  add(one: Load): void {
    this.total += 1;
    if (this.slowEndpoints.has(one.endpointId)) this.slow += 1;
    this.byUser.set(one.userId, this.ofUser(one) + 1);
    this.byEndpoint.set(one.endpointId, this.ofEndpoint(one) + 1);
  }

  ofUser({ userId }: Load): number {
    return this.byUser.get(userId) ?? 0;
  }

  ofEndpoint({ endpointId }: Load): number {
    return this.byEndpoint.get(endpointId) ?? 0;
  }

  hasRoomFor(one: Load): boolean {
    return this.total < (this.ofUser(one) < USER_SHARE ? AT_ONCE : AT_ONCE - KEPT_FREE);
  }
}

function forgetPast(times: Map<number, number>, now: number): void {
  for (const [id, until] of times) if (until <= now) times.delete(id);
}

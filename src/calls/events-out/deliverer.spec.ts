import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setMaxListeners } from 'node:events';
import type { CallMetrics } from '../call-metrics.js';
import type {
  AttemptResult,
  EventDeliveries,
  EventDelivery,
  WaitingEndpoint,
} from './event-deliveries.js';
import type { EventEndpoints } from './event-endpoints.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Clock } from '../../shared/clock.js';
import { Log } from '../../shared/logger.js';
import { Deliverer } from './deliverer.js';
import type { EventSender } from './event-sender.js';
import type { SentEvent } from './send-event.js';

const START = Date.parse('2026-11-23T10:00:00Z');
const POLL_MS = 250;

const DELIVERED: SentEvent = { status: 204, failure: null, retryAfterSeconds: null };
const failed = (status: number | null, reason = `http_${status}`): SentEvent => ({
  status,
  failure: { reason, error: `words for ${reason}` },
  retryAfterSeconds: null,
});

class FakeClock extends Clock {
  now(): Date {
    return new Date(Date.now());
  }
}

class KeptLog extends Log {
  readonly lines: Array<[level: string, event: string, fields: Record<string, unknown>]> = [];
  debug = (): void => undefined;
  info = (event: string, fields = {}): void => void this.lines.push(['info', event, fields]);
  warn = (event: string, fields = {}): void => void this.lines.push(['warn', event, fields]);
  error = (event: string, fields = {}): void => void this.lines.push(['error', event, fields]);
  events(): string[] {
    return this.lines.map(([, event]) => event);
  }
}

/** An outbox in memory that gives the same answers. */
class FakeOutbox {
  rows: EventDelivery[] = [];
  owners = new Map<number, { userId: number; enabled: boolean; url: string }>();
  concludedWith: Array<[number, AttemptResult]> = [];
  disabled: Array<[number, string]> = [];
  looks = 0;
  whenDueIsAsked = (): void => undefined;
  /** What every write throws; null: writes succeed. */
  writesThrow: Error | null = null;
  postponeThrows: Error | null = null;
  waitingThrows: Error | null = null;

  add(endpointId: number, userId = endpointId, fields: Partial<EventDelivery> = {}): number {
    const deliveryId = this.rows.length + 1;
    this.owners.set(endpointId, { userId, enabled: true, url: `https://${endpointId}.example/` });
    this.rows.push({
      deliveryId,
      endpointId,
      runId: 789,
      messageId: `msg_${deliveryId}`,
      type: 'call.finished',
      body: '{}',
      state: 'pending',
      attempts: 0,
      dueAt: new Date(Date.now()),
      lastStatus: null,
      lastError: null,
      createdAt: new Date(Date.now()),
      deliveredAt: null,
      ...fields,
    });
    return deliveryId;
  }

  deliveries = {
    waiting: (after: number, limit: number) => {
      this.looks += 1;
      if (this.waitingThrows) return Promise.reject(this.waitingThrows);
      const ids = [...new Set(this.pending().map(({ endpointId }) => endpointId))]
        .sort((a, b) => a - b)
        .filter((id) => id > after)
        .slice(0, limit);
      const endpoints = ids.flatMap((endpointId): WaitingEndpoint[] => {
        const owner = this.owners.get(endpointId);
        const due = this.pending().filter((row) => row.endpointId === endpointId);
        const dueAt = Math.min(...due.map((row) => row.dueAt?.getTime() ?? Infinity));
        return owner?.enabled ? [{ ...owner, endpointId, secret: 'whsec_', version: 0, dueAt }] : [];
      });
      return Promise.resolve({ endpoints, next: ids.length < limit ? 0 : (ids.at(-1) ?? 0) });
    },
    giveBack: () => Promise.resolve(),
    claim: (endpointId: number, limit: number, except: readonly number[]) => {
      this.whenDueIsAsked();
      return Promise.resolve(
        this.pending()
          .filter((row) => row.endpointId === endpointId && Number(row.dueAt) <= Date.now())
          .filter(({ deliveryId }) => !except.includes(deliveryId))
          .slice(0, limit),
      );
    },
    concluded: (deliveryId: number, result: AttemptResult) => {
      if (this.writesThrow) return Promise.reject(this.writesThrow);
      this.concludedWith.push([deliveryId, result]);
      const row = this.row(deliveryId);
      row.dueAt = result.nextAt;
      row.attempts += 1;
      return Promise.resolve();
    },
    postpone: (deliveryId: number, until: Date) => {
      if (this.postponeThrows) return Promise.reject(this.postponeThrows);
      this.row(deliveryId).dueAt = until;
      return Promise.resolve();
    },
  } as unknown as EventDeliveries;

  endpoints = {
    disable: ({ endpointId }: { endpointId: number }, reason: string) => {
      this.disabled.push([endpointId, reason]);
      const owner = this.owners.get(endpointId);
      if (owner) owner.enabled = false;
      return Promise.resolve();
    },
  } as unknown as EventEndpoints;

  row(deliveryId: number): EventDelivery {
    const row = this.rows.find((one) => one.deliveryId === deliveryId);
    if (!row) throw new Error('no such delivery');
    return row;
  }

  private pending(): EventDelivery[] {
    return this.rows.filter(({ dueAt }) => dueAt !== null);
  }
}

describe('the deliverer', () => {
  let outbox: FakeOutbox;
  let log: KeptLog;
  let deliverer: Deliverer;
  /** The ids of the deliveries that were sent, in order. */
  let sent: number[];
  let reply: (delivery: EventDelivery, stopping: AbortSignal) => Promise<SentEvent>;
  const results: string[] = [];

  beforeEach(() => {
    jest.useFakeTimers({ now: START });
    outbox = new FakeOutbox();
    log = new KeptLog();
    sent = [];
    results.length = 0;
    reply = () => Promise.resolve(DELIVERED);
    deliverer = new Deliverer(
      outbox.deliveries,
      outbox.endpoints,
      {
        send: (_endpoint: WaitingEndpoint, delivery: EventDelivery, stopping: AbortSignal) => {
          sent.push(delivery.deliveryId);
          return reply(delivery, stopping);
        },
      } as unknown as EventSender,
      {
        deliveries: { add: ({ result }: { result: string }) => results.push(result) },
      } as unknown as CallMetrics,
      new FakeClock(),
      log,
    );
    deliverer.onApplicationBootstrap();
  });

  afterEach(async () => {
    await deliverer.beforeApplicationShutdown();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
  /** Answers nothing until we stop. */
  const stalled = (_delivery: EventDelivery, stopping: AbortSignal) =>
    new Promise<SentEvent>((resolve) => {
      setMaxListeners(0, stopping);
      stopping.addEventListener('abort', () => resolve(failed(null, 'timeout')));
    });

  it('sends each due delivery once and records that it was delivered', async () => {
    outbox.add(1);
    outbox.add(2, 2, { dueAt: new Date(START + 60_000) });
    await pass(POLL_MS);
    expect(sent).toEqual([1]);
    expect(outbox.concludedWith).toEqual([
      [1, { delivered: true, status: 204, error: null, nextAt: null }],
    ]);
    expect(results).toEqual(['delivered']);
    expect(log.lines).toEqual([]);
    await pass(59_000);
    expect(sent).toEqual([1]);
    await pass(1_000);
    expect(sent).toEqual([1, 2]);
  });

  it('tries a failed delivery again when its pause is over', async () => {
    outbox.add(1);
    reply = () => Promise.resolve(failed(500));
    await pass(POLL_MS);
    const [[, result] = []] = outbox.concludedWith;
    expect(result).toEqual({
      delivered: false,
      status: 500,
      error: 'words for http_500',
      nextAt: new Date(START + POLL_MS + 5_000),
    });
    expect(log.lines).toEqual([
      [
        'info',
        'delivery.failed',
        {
          workflow_run_id: 789,
          delivery_id: 1,
          endpoint_id: 1,
          http_status: 500,
          reason: 'http_500',
          gives_up: false,
        },
      ],
    ]);
    await pass(4_999);
    expect(sent).toEqual([1]);
    await pass(POLL_MS + 1);
    expect(sent).toEqual([1, 1]);
    await pass(29_000);
    expect(sent).toEqual([1, 1]);
    expect(results).toEqual(['failed', 'failed']);
  });

  it('gives up after a day', async () => {
    outbox.add(1, 1, { attempts: 15, createdAt: new Date(START - 23 * 3_600_000) });
    reply = () => Promise.resolve(failed(500));
    await pass(POLL_MS);
    expect(outbox.concludedWith[0]?.[1].nextAt).toBeNull();
    expect(results).toEqual(['dead']);
    expect(log.lines[0]?.[2]).toMatchObject({ gives_up: true });
  });

  it('disables an endpoint that replies 410, and sends it nothing more', async () => {
    outbox.add(1);
    outbox.add(1, 1, { dueAt: new Date(START + 1_000) });
    reply = () => Promise.resolve(failed(410));
    await pass(60_000);
    expect(sent).toEqual([1]);
    expect(outbox.disabled).toEqual([[1, 'words for http_410']]);
    expect(outbox.concludedWith[0]?.[1]).toMatchObject({ delivered: false, nextAt: null });
    expect(results).toEqual(['dead']);
  });

  it.each([200, 400, 404, 500, null])(
    'does not disable an endpoint that replies %p',
    async (status) => {
      outbox.add(1);
      reply = () => Promise.resolve(failed(status));
      await pass(POLL_MS);
      expect(outbox.disabled).toEqual([]);
    },
  );

  it('heeds Retry-After: this delivery and the others of the endpoint wait', async () => {
    outbox.add(1);
    reply = () => Promise.resolve({ ...failed(429), retryAfterSeconds: 60 });
    await pass(POLL_MS);
    outbox.add(1);
    outbox.add(2);
    await pass(59_000);
    expect(sent).toEqual([1, 3]);
    reply = () => Promise.resolve(DELIVERED);
    await pass(1_500);
    expect(new Set(sent.slice(2))).toEqual(new Set([1, 2, 3]));
  });

  it('pauses no endpoint after a success, whatever else the reply says', async () => {
    outbox.add(1);
    reply = () => Promise.resolve({ ...DELIVERED, retryAfterSeconds: 60 });
    await pass(POLL_MS);
    outbox.add(1);
    await pass(POLL_MS);
    expect(sent).toEqual([1, 2]);
  });

  it('is not held up for other users by one whose endpoints never reply', async () => {
    reply = (delivery, stopping) =>
      delivery.endpointId < 100 ? stalled(delivery, stopping) : Promise.resolve(DELIVERED);
    for (let call = 0; call < 30; call += 1) {
      for (let endpointId = 1; endpointId <= 25; endpointId += 1) outbox.add(endpointId, 1);
    }
    await pass(2 * POLL_MS);
    const stalledOnes = sent.length;
    const theirs = outbox.add(100, 2);
    await pass(POLL_MS);
    expect(sent.slice(stalledOnes)).toEqual([theirs]);
    expect(outbox.concludedWith.map(([id]) => id)).toEqual([theirs]);
  });

  it('serves an endpoint that timed out last, until it replies', async () => {
    const late = { ...failed(null, 'timeout') };
    outbox.add(1, 1);
    reply = () => Promise.resolve(late);
    await pass(POLL_MS);
    sent.length = 0;
    reply = stalled;
    for (let count = 0; count < 6; count += 1) outbox.add(1, 1);
    outbox.add(2, 2);
    await pass(POLL_MS);
    // The other endpoint comes first, and the slow one gets a single attempt.
    expect(sent).toEqual([8, 2]);
  });

  it('continues at once when a place is free again', async () => {
    for (let count = 0; count < 40; count += 1) outbox.add(1);
    await pass(POLL_MS);
    expect(sent).toHaveLength(40);
    expect(new Set(sent).size).toBe(40);
  });

  it('goes through the endpoints in pages, one after the other', async () => {
    for (let endpointId = 1; endpointId <= 450; endpointId += 1) outbox.add(endpointId);
    await pass(20 * POLL_MS);
    expect(new Set(sent).size).toBe(450);
    expect(sent).toHaveLength(450);
  });

  it('gets to an endpoint behind many that wait for later', async () => {
    for (let endpointId = 1; endpointId <= 450; endpointId += 1) {
      outbox.add(endpointId, endpointId, { dueAt: new Date(START + 3_600_000) });
    }
    const due = outbox.add(451);
    await pass(4 * POLL_MS);
    expect(sent).toEqual([due]);
  });

  it('sends nothing twice while it is under way', async () => {
    outbox.add(1);
    reply = stalled;
    await pass(8 * POLL_MS);
    expect(sent).toEqual([1]);
  });

  it('starts nothing that a look finds after the stop', async () => {
    outbox.add(1);
    outbox.whenDueIsAsked = () => void deliverer.beforeApplicationShutdown();
    await pass(4 * POLL_MS);
    expect(sent).toEqual([]);
  });

  it('postpones a delivery whose result cannot be recorded, logs its id, and continues', async () => {
    outbox.add(1);
    outbox.writesThrow = new Error('cannot be stored');
    await pass(POLL_MS);
    expect(log.lines).toEqual([
      ['error', 'delivery.not_concluded', expect.objectContaining({ delivery_id: 1 })],
    ]);
    outbox.writesThrow = null;
    outbox.add(2);
    await pass(59_000);
    expect(sent).toEqual([1, 2]);
    await pass(1_000);
    expect(sent).toEqual([1, 2, 1]);
  });

  it('pauses a delivery that cannot even be postponed, instead of sending it in every round', async () => {
    outbox.add(1);
    outbox.writesThrow = new Error('disk full');
    outbox.postponeThrows = outbox.writesThrow;
    await pass(59_000);
    expect(sent).toEqual([1]);
    expect(log.events()).toEqual([
      'delivery.not_concluded',
      'delivery.not_concluded.not_postponed',
    ]);
    await pass(2_000);
    expect(sent).toEqual([1, 1]);
  });

  it('keeps its pauses and the time between looks when the clock jumps ahead', async () => {
    outbox.add(1);
    outbox.writesThrow = new Error('disk full');
    outbox.postponeThrows = outbox.writesThrow;
    await pass(POLL_MS);
    jest.setSystemTime(START + 3_600_000);
    const { looks } = outbox;
    await pass(10 * POLL_MS);
    expect(sent).toEqual([1]);
    expect(outbox.looks - looks).toBeLessThanOrEqual(11);
  });

  it('stops sending for a while when the store cannot be written to', async () => {
    for (let endpointId = 1; endpointId <= 400; endpointId += 1) outbox.add(endpointId);
    outbox.writesThrow = new Error('disk full');
    outbox.postponeThrows = outbox.writesThrow;
    await pass(50_000);
    expect(sent.length).toBeGreaterThanOrEqual(200);
    expect(sent.length).toBeLessThan(200 + 64);
  });

  it('counts a sender that throws as a failure of that delivery alone', async () => {
    outbox.add(1);
    outbox.add(2);
    reply = (delivery) =>
      delivery.deliveryId === 1 ? Promise.reject(new Error('ours')) : Promise.resolve(DELIVERED);
    await pass(POLL_MS);
    expect(sent).toEqual([1, 2]);
    expect(outbox.concludedWith.map(([id]) => id)).toEqual([2]);
    expect(Number(outbox.row(1).dueAt)).toBe(START + POLL_MS + 60_000);
  });

  it('survives a store that fails, and logs it unless the store is merely unavailable', async () => {
    outbox.waitingThrows = new StoreUnavailableError('away');
    await pass(4 * POLL_MS);
    expect(log.lines).toEqual([]);
    outbox.waitingThrows = new Error('broken');
    await pass(POLL_MS);
    expect(log.events()).toEqual(['deliveries.failed']);
    outbox.waitingThrows = null;
    outbox.add(1);
    await pass(POLL_MS);
    expect(sent).toEqual([1]);
  });

  it('waits at its stop for what is under way, and starts nothing more', async () => {
    outbox.add(1);
    const order: string[] = [];
    reply = (_delivery, stopping) =>
      new Promise((resolve) => {
        stopping.addEventListener('abort', () =>
          setTimeout(() => {
            order.push('answered');
            resolve(DELIVERED);
          }, 1_000),
        );
      });
    await pass(POLL_MS);
    outbox.add(1);
    const stopped = deliverer.beforeApplicationShutdown().then(() => order.push('stopped'));
    await pass(2_000);
    await stopped;
    expect(order).toEqual(['answered', 'stopped']);
    // The reply came before the delivery was cut off, so it counts.
    expect(outbox.concludedWith.map(([id]) => id)).toEqual([1]);
    expect(sent).toEqual([1]);
  });

  it('does not count a delivery that its own stop cut off as a failure', async () => {
    outbox.add(1);
    reply = stalled;
    await pass(POLL_MS);
    await deliverer.beforeApplicationShutdown();
    expect(outbox.concludedWith).toEqual([]);
    expect(results).toEqual([]);
    expect(log.lines).toEqual([]);
    expect(outbox.row(1).dueAt).not.toBeNull();
  });
});

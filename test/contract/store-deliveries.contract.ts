import { expect, test } from '@jest/globals';
import { EventDeliveries } from '../../src/calls/events-out/event-deliveries.js';
import {
  ENDPOINTS_PER_USER,
  EventEndpoints,
  type EndpointFields,
  type EventEndpoint,
} from '../../src/calls/events-out/event-endpoints.js';
import { StreamTokens } from '../../src/calls/streams/stream-tokens.js';
import { pieces, ROWS_PER_SWEEP } from '../../src/database/pieces.js';
import { Users } from '../../src/tenants/users.js';
import { ledgerBench, SetClock, statusCallback } from '../support/ledger-builders.js';
import type { TestStore } from '../support/stores.js';

const FIELDS: EndpointFields = {
  workflowId: null,
  url: 'https://example.com/events',
  types: ['call.finished'],
  enabled: true,
};
/** As many as an early version let one user have. */
const FROM_BEFORE = 1_500;

export function deliveriesContract(store: () => TestStore): void {
  const clock = new SetClock(new Date('2026-11-23T10:00:00Z'));

  const open = async () => {
    clock.time = new Date('2026-11-23T10:00:00Z');
    const { database } = store();
    const bench = await ledgerBench(database, clock);
    return {
      ...bench,
      database,
      endpoints: new EventEndpoints(database, clock),
      deliveries: new EventDeliveries(database, bench.leases, clock),
    };
  };
  type Opened = Awaited<ReturnType<typeof open>>;

  const endpointOf = async ({ endpoints }: Opened, userId: number, fields = FIELDS) => {
    const endpoint = await endpoints.create(userId, fields);
    if (!endpoint) throw new Error('no room');
    return endpoint;
  };
  /** Rows that are due now, without the calls that would make them. */
  const deliveriesTo = async (
    { database, run }: Opened,
    endpointId: number,
    count: number,
    dueAt: number | null = clock.time.getTime(),
  ) => {
    const { runId } = await run();
    const row = {
      endpoint_id: endpointId,
      run_id: runId,
      message_id: 'msg',
      type: 'call.finished',
      body: '{}',
      state: 'pending',
      attempts: 0,
      due_at: dueAt,
      last_status: null,
      last_error: null,
      created_at: clock.time.getTime(),
      delivered_at: null,
    };
    await database.write(async (trx) => {
      for (const rows of pieces(Array.from({ length: count }, () => row))) {
        await trx.insertInto('webhook_deliveries').values(rows).execute();
      }
    });
  };
  const count = async ({ database }: Opened, table: 'webhook_deliveries' | 'stream_tokens') =>
    (
      await database.read((db) =>
        db
          .selectFrom(table)
          .select((select) => select.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow(),
      )
    ).count;

  test('a user has a hundred webhook endpoints, also when many are made at once', async () => {
    const opened = await open();
    const { userId: other } = await new Users(opened.database, clock).create('Other');
    const made: Array<EventEndpoint | null> = [];
    while (made.length < ENDPOINTS_PER_USER - 5) {
      made.push(await endpointOf(opened, opened.userId));
    }
    // No more at once than a busy machine serves within the store's deadline.
    const race = Array.from({ length: 12 }, () => opened.endpoints.create(opened.userId, FIELDS));
    made.push(...(await Promise.all(race)));
    expect(made.filter((one) => one !== null)).toHaveLength(ENDPOINTS_PER_USER);
    expect(await opened.endpoints.create(opened.userId, FIELDS)).toBeNull();
    expect(await opened.endpoints.create(other, FIELDS)).not.toBeNull();
    await opened.endpoints.delete(made.find((one) => one !== null)?.endpointId ?? 0);
    expect(await opened.endpoints.create(opened.userId, FIELDS)).not.toBeNull();
  });

  test('a call ends, and all are told, although its user has 1,500 endpoints from before', async () => {
    const opened = await open();
    const row = {
      user_id: opened.userId,
      workflow_id: null,
      url: FIELDS.url,
      secret: 'whsec_',
      types: '[]',
      enabled: 1,
      created_at: 0,
    };
    await opened.database.write(async (trx) => {
      for (const rows of pieces(Array.from({ length: FROM_BEFORE }, () => row))) {
        await trx.insertInto('webhook_endpoints').values(rows).execute();
      }
    });
    const { runId } = await opened.run({ providerCallId: 'CA1' });
    await opened.ledger.change({ runId }, (draft) => draft?.record(statusCallback('completed', 3)));
    expect((await opened.ledger.find({ runId }))?.status).toBe('completed');
    // `call.completed` and `call.finished`.
    expect(await count(opened, 'webhook_deliveries')).toBe(2 * FROM_BEFORE);
  });

  test('endpoints that wait are found one by one, round and round, whatever their backlog', async () => {
    const opened = await open();
    const ids: number[] = [];
    for (let made = 0; made < 5; made += 1) {
      ids.push((await endpointOf(opened, opened.userId)).endpointId);
    }
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = ids;
    const now = clock.time.getTime();
    await deliveriesTo(opened, a, 300, now - 5);
    await deliveriesTo(opened, a, 1, now - 9);
    await deliveriesTo(opened, b, 1, null);
    await deliveriesTo(opened, c, 1, now + 60_000);
    await deliveriesTo(opened, d, 2);
    await deliveriesTo(opened, e, 1);
    await opened.endpoints.disable({ endpointId: d, version: 0 }, 'gone');
    const idsOf = (found: Awaited<ReturnType<EventDeliveries['waiting']>>) =>
      found.endpoints.map(({ endpointId }) => endpointId);

    const all = await opened.deliveries.waiting(0, 10);
    expect(idsOf(all)).toEqual([a, c, e]);
    expect(all.next).toBe(0);
    expect(all.endpoints[0]).toMatchObject({
      userId: opened.userId,
      url: FIELDS.url,
      secret: expect.stringMatching(/^whsec_./),
      dueAt: now - 9,
    });
    expect(all.endpoints[1]?.dueAt).toBe(now + 60_000);

    const first = await opened.deliveries.waiting(0, 2);
    expect(idsOf(first)).toEqual([a, c]);
    const second = await opened.deliveries.waiting(first.next, 2);
    expect(idsOf(second)).toEqual([e]);
    const third = await opened.deliveries.waiting(second.next, 2);
    expect(third).toEqual({ endpoints: [], next: 0 });
  });

  test('what is due of an endpoint comes oldest first, without what is under way', async () => {
    const opened = await open();
    const { endpointId } = await endpointOf(opened, opened.userId);
    const other = await endpointOf(opened, opened.userId);
    const now = clock.time.getTime();
    await deliveriesTo(opened, endpointId, 1, now);
    await deliveriesTo(opened, endpointId, 2, now - 5);
    await deliveriesTo(opened, endpointId, 1, now + 1);
    await deliveriesTo(opened, other.endpointId, 1, now - 9);
    const due = await opened.deliveries.due(endpointId, 10, []);
    expect(due.map(({ dueAt }) => dueAt?.getTime())).toEqual([now - 5, now - 5, now]);
    const [first, second, third] = due.map(({ deliveryId }) => deliveryId);
    expect((await opened.deliveries.due(endpointId, 1, []))[0]?.deliveryId).toBe(first);
    expect(
      (await opened.deliveries.due(endpointId, 10, [first ?? 0, third ?? 0])).map(
        ({ deliveryId }) => deliveryId,
      ),
    ).toEqual([second]);
    await opened.deliveries.postpone(first ?? 0, new Date(now + 1));
    expect(await opened.deliveries.due(endpointId, 10, [])).toHaveLength(2);
  });

  test('an endpoint is disabled for a reason, unless it is another one by now, and enabled again', async () => {
    const opened = await open();
    const { endpoints, userId } = opened;
    const seen = await endpointOf(opened, userId);
    const { endpointId } = seen;
    // The user has enabled it again while a request was under way.
    const changed = await endpoints.update(endpointId, FIELDS);
    await endpoints.disable(seen, 'gone');
    expect(await endpoints.find(userId, endpointId)).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
    if (changed) await endpoints.disable(changed, 'gone');
    expect(await endpoints.find(userId, endpointId)).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    });
    await endpoints.update(endpointId, { ...FIELDS, enabled: false });
    expect((await endpoints.find(userId, endpointId))?.disabledReason).toBe('gone');
    await endpoints.update(endpointId, FIELDS);
    expect(await endpoints.find(userId, endpointId)).toMatchObject({
      enabled: true,
      disabledReason: null,
    });
  });

  test('more rows than one transaction may take are swept all the same, and no younger ones', async () => {
    const opened = await open();
    const { endpointId } = await endpointOf(opened, opened.userId);
    await deliveriesTo(opened, endpointId, ROWS_PER_SWEEP + 10, null);
    await deliveriesTo(opened, endpointId, 5);
    clock.advance(60_000);
    await deliveriesTo(opened, endpointId, 3);
    await opened.deliveries.sweep(clock.time);
    expect(await count(opened, 'webhook_deliveries')).toBe(3);

    const { runId } = await opened.run();
    const expiring = (index: number, expiresAt: number) => ({
      token_hash: `hash ${index}`,
      run_id: runId,
      provider_call_id: 'CA1',
      expires_at: expiresAt,
      redeemed_at: null,
    });
    const tokens = Array.from({ length: ROWS_PER_SWEEP + 10 }, (_, index) => expiring(index, 0));
    tokens.push(expiring(-1, clock.time.getTime()));
    await opened.database.write(async (trx) => {
      for (const rows of pieces(tokens)) {
        await trx.insertInto('stream_tokens').values(rows).execute();
      }
    });
    await new StreamTokens(opened.database, clock).sweep();
    expect(await count(opened, 'stream_tokens')).toBe(1);
  });

  test('an endpoint goes with whatever waits for it, and nothing else goes', async () => {
    const opened = await open();
    const { endpointId } = await endpointOf(opened, opened.userId);
    const other = await endpointOf(opened, opened.userId);
    await deliveriesTo(opened, endpointId, ROWS_PER_SWEEP + 10);
    await deliveriesTo(opened, other.endpointId, 2);
    await opened.endpoints.delete(endpointId);
    expect(await opened.endpoints.find(opened.userId, endpointId)).toBeNull();
    expect(await opened.endpoints.find(opened.userId, other.endpointId)).not.toBeNull();
    expect(await count(opened, 'webhook_deliveries')).toBe(2);
  });

  test('keys of clients are forgotten when they are old, and not before', async () => {
    const opened = await open();
    const create = (key: string) =>
      opened.ledger.create(opened.request({}, { idempotency: { key, bodyHash: 'hash' } }));
    await create('old');
    clock.advance(60_000);
    await create('young');
    await opened.keys.sweep(clock.time);
    expect(await opened.keys.find(opened.userId, 'old')).toBeNull();
    expect(await opened.keys.find(opened.userId, 'young')).not.toBeNull();
  });
}

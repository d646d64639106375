import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { InstancePair } from '../support/instance-pair.js';
import { LONG, PROOFS, until } from '../support/patience.js';
import { streamOf } from '../support/signed-request.js';
import { storeQuery } from '../support/store-query.js';
import { postgresStores, type TestStore } from '../support/stores.js';

/** A hang-up is repeated two seconds after the carrier has failed to take it. */
const REPEATED_WITHIN_MS = 2_000;
/** A lease, and what a look at the outbox takes. */
const DELIVERED_WITHIN_MS = 30_000;

const source = PROOFS ? await postgresStores() : null;

(source ? describe : describe.skip)('with one of two instances gone, or about to go', () => {
  let store: TestStore;
  let pair: InstancePair;

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    pair = await InstancePair.start(store, {
      DRAIN_TIMEOUT_SECONDS: '8',
      MOVE_PATIENCE_SECONDS: '0',
    });
  });
  beforeEach(async () => {
    pair.goTo(0);
    for (const instance of pair.instances.all) if (!instance.isRunning) await instance.start();
  });
  afterAll(async () => {
    await pair.stop();
    await store.remove();
    await source?.dispose();
  });

  test('killed, while a call rings: what the carrier tells and asks goes to the other', async () => {
    await pair.instances.explain(async () => {
      const { runId, call } = await pair.dialled(0, { ringMs: 3_000 });
      await until(() => call.status === 'ringing');
      await pair.instances.at(0).kill();
      pair.goTo(1);
      await pair.heard(await call.streamNumber(1));
      call.hangUp();
      const over = await pair.api(1).until(runId, (one) => one.ended_at !== null);
      expect(over).toMatchObject({ status: 'completed', end_reason: 'caller_hangup' });
      expect(pair.instances.carrier.calls.filter(({ to }) => to === call.to)).toHaveLength(1);
    });
  });

  test('killed, while it asks for the end of a call: the other asks again', async () => {
    await pair.instances.explain(async () => {
      // The stream is at the other, so that nothing but the ledger tells of the hang-up.
      pair.goTo(1);
      const { runId, call } = await pair.live(0, { stream: { asksAfterMs: null } });
      pair.instances.carrier.fault({
        operation: 'update',
        delayMs: 60_000,
        reply: { status: 503 },
      });
      const asking = pair.api(0).request('POST', `/telephony/calls/${runId}/hangup`);
      asking.catch(() => undefined);
      const isAsked = async (): Promise<boolean> => (await hangupOf(runId)) !== null;
      await until(isAsked, 'the hang-up is in the ledger');
      // Whether or not the carrier has read its question by now.
      pair.instances.carrier.clearFaults();
      await pair.instances.at(0).kill();
      const killedAt = performance.now();
      await call.ended;
      const tookMs = performance.now() - killedAt;
      const over = await pair.api(1).until(runId, (one) => one.ended_at !== null);
      expect(over).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
      process.stderr.write(
        `\na hang-up is repeated ${tookMs.toFixed(0)} ms after its asker was killed\n`,
      );
      if (LONG) expect(tookMs).toBeLessThan(REPEATED_WITHIN_MS + 1_000);
    });
  });

  async function hangupOf(runId: number): Promise<string | null> {
    const [row] = await storeQuery<{ hangup_reason: string | null }>(
      store.env['DATABASE_URL'] ?? '',
      'select hangup_reason from runs where run_id = $1',
      [runId],
    );
    return row?.hangup_reason ?? null;
  }

  test('killed, while it delivers events: the other sends them, as the same messages', async () => {
    await pair.instances.explain(async () => {
      await pair.instances.at(1).stop();
      await pair.subscribe();
      pair.receiver.status = -1;
      const { runId, call } = await pair.live(0);
      call.hangUp();
      await pair.receiver.until((all) => all.length > 0);
      await pair.instances.at(1).start();
      const first = pair.receiver.received.length;
      await pair.instances.at(0).kill();
      const killedAt = performance.now();
      pair.receiver.status = 204;
      pair.goTo(1);
      await until(() => pair.receiver.endsOf(runId).length > 0);
      const tookMs = performance.now() - killedAt;
      const ids = pair.receiver.received.map(({ headers }) => headers['webhook-id']);
      // What hung at the first was told again under its own id.
      for (const id of ids.slice(0, first)) {
        await until(
          () =>
            pair.receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length > 1,
        );
      }
      process.stderr.write(
        `\nevents are sent ${tookMs.toFixed(0)} ms after their sender was killed\n`,
      );
      if (LONG) expect(tookMs).toBeLessThan(DELIVERED_WITHIN_MS);
    });
  });

  test('draining, it refuses calls of users, and serves the carrier; what it began it ends', async () => {
    await pair.instances.explain(async () => {
      pair.receiver.received.length = 0;
      const living = await pair.live(0);
      const ending = await pair.live(0);
      const ringing = await pair.dialled(0, { ringMs: 4_000 });
      await until(() => ringing.call.status === 'ringing');
      const stopping = pair.instances.at(0).stop();
      await until(
        async () => (await fetch(`${pair.instances.at(0).url}/health/ready`)).status === 503,
      );

      const refused = await pair
        .api(0)
        .request('POST', '/telephony/calls', { workflow_id: 1, to: pair.number() });
      expect([refused.status, refused.body['code']]).toEqual([503, 'draining']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

      const requests = pair.requests(0);
      const told = await requests.callback(
        ringing.runId,
        requests.event(ringing.call.sid, 'ringing', 77),
      );
      expect(told.status).toBe(204);
      const known = await pair.api(1).call(ringing.runId);
      expect(known.events.map(({ sequence }) => sequence)).toContain(77);

      const asked = await requests.answer(
        await pair.api(1).call(living.runId),
        requests.fieldsOf(living.call.sid, 'in-progress'),
      );
      expect(streamOf(asked).token).not.toBe('');

      await pair.api(0).request('POST', `/telephony/calls/${ending.runId}/hangup`);
      const over = await pair.api(1).until(ending.runId, (one) => one.ended_at !== null);
      expect(over.end_reason).toBe('api_hangup');

      pair.goTo(1);
      await pair.heard(await ringing.call.streamNumber(1));
      expect(await stopping).toBe(0);
      await pair.heard(await living.call.streamNumber(2));
      for (const { runId, call } of [living, ringing]) {
        expect(call.status).toBe('in-progress');
        call.hangUp();
        await pair.api(1).until(runId, (one) => one.ended_at !== null);
        await until(() => pair.receiver.endsOf(runId).length > 0);
      }
      const ids = pair.receiver.received.map(({ headers }) => headers['webhook-id']);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });
});

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from '@jest/globals';
import { sql } from 'kysely';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { migrate } from '../../tools/migrate/migrate.js';
import { Api, type CallJson } from '../support/api.js';
import { CountingReceiver } from '../support/counting-receiver.js';
import { Instances } from '../support/instances.js';
import type { KillableGateway } from '../support/killable-gateway.js';
import { LONG, PATIENCE_MS, until } from '../support/patience.js';
import { commitBefore, releaseBefore } from '../support/release-before.js';
import { postgresStores, type TestStore } from '../support/stores.js';

describe('the release before', () => {
  const changelog = [
    '## [Unreleased]',
    'Commit: 1111111',
    '## [0.3.0] - 2027-01-02',
    'Commit: 2222222',
    '## [0.2.0] - 2026-12-01',
    '',
    'Commit: 3333333',
    '## [0.1.0] - 2026-11-01',
    'Commit: 4444444',
  ].join('\n');

  it.each([
    ['0.3.0', '3333333'],
    ['0.4.0', '2222222'],
  ])('of %s is the newest in the changelog that is another', (version, commit) => {
    expect(commitBefore(changelog, version)).toBe(commit);
  });

  it('is none where the changelog does not name its commit', () => {
    expect(commitBefore(changelog.replace('Commit: 3333333', ''), '0.3.0')).toBeNull();
  });
});

const before = LONG ? await releaseBefore() : null;
const source = before ? await postgresStores() : null;

(before && source ? describe : describe.skip)('the release before, beside this one', () => {
  let store: TestStore;
  let instances: Instances;
  const receiver = new CountingReceiver();

  beforeEach(async () => {
    store = await source!.create();
    await store.database.write(async (trx) => {
      await sql`drop schema public cascade`.execute(trx);
      await sql`create schema public`.execute(trx);
    });
    await store.database.close();
    instances = await Instances.start(store, {
      count: 0,
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', STREAM_GRACE_SECONDS: '60' },
    });
  });
  afterEach(async () => {
    await instances.stop();
    await receiver.stop();
    await store.remove();
  });
  afterAll(async () => {
    before?.remove();
    await source?.dispose();
  });

  const startOld = () => instances.add({}, before!.main);
  const startNew = () =>
    instances.add({
      CREDENTIALS_KEY: randomBytes(32).toString('base64'),
      MOVE_PATIENCE_SECONDS: '0',
    });

  let calls = 0;
  /** A call that talks with its agent by way of this instance. */
  const liveCall = async (at: KillableGateway): Promise<{ id: number; call: SimulatedCall }> => {
    instances.pick = () => at;
    const api = new Api(at);
    calls += 1;
    const { workflow_run_id: id } = await api.place({ to: `+1202555${1_000 + calls}` });
    const { provider_call_id: name } = await api.until(id, (one) => one.streaming);
    const call = instances.carrier.findCall(name ?? '');
    if (!call) throw new Error('the carrier does not know the call');
    await talks(call, 1);
    return { id, call };
  };
  const talks = async (call: SimulatedCall, nth: number): Promise<void> => {
    const stream = await call.streamNumber(nth);
    const { length } = stream.heardAudio;
    await until(() => stream.heardAudio.length > length + 1_600);
  };
  const hangUp = async (by: KillableGateway, id: number): Promise<CallJson> => {
    await new Api(by).request('POST', `/telephony/calls/${id}/hangup`);
    return new Api(by).until(id, (call) => call.ended_at !== null);
  };
  /** Stops the one, whose call goes on at the other. */
  const moves = async (from: KillableGateway, to: KillableGateway): Promise<CallJson> => {
    const { id, call } = await liveCall(from);
    instances.pick = () => to;
    await from.stop();
    await talks(call, 2);
    expect(call.status).toBe('in-progress');
    const moved = await new Api(to).until(id, (one) => one.streaming);
    expect(moved.ended_at).toBeNull();
    await talks(call, 2);
    return hangUp(to, id);
  };

  test(
    'migrates beside its live call, works on one store with it, and a call goes on at the other when either stops',
    async () => {
      const old = await startOld();
      const first = await liveCall(old);
      const said: string[] = [];
      const url = store.env['DATABASE_URL'] ?? '';
      expect(
        await migrate(url, { check: false, waitSeconds: 600 }, (line) => said.push(line)),
      ).toBe(0);
      expect(said.at(-1)).toBe('The schema is up to date.');
      await talks(first.call, 1);
      const young = await startNew();
      await instances.explain(async () => {
        await new Api(old).request('POST', '/webhook-endpoints', { url: await receiver.start() });
        // Either ends a call whose stream the other has, and reads what the other wrote.
        const second = await liveCall(young);
        instances.pick = () => (calls++ % 2 === 0 ? old : young);
        expect(await hangUp(young, first.id)).toMatchObject({ end_reason: 'api_hangup' });
        expect(await hangUp(old, second.id)).toMatchObject({ end_reason: 'api_hangup' });
        // The carrier's requests about one call reach both.
        const placed = [];
        for (let nth = 0; nth < 10; nth += 1) {
          const api = new Api(nth % 2 === 0 ? old : young);
          placed.push(await api.place({ to: `+1202555${2_000 + nth}` }));
        }
        for (const [nth, { workflow_run_id: id }] of placed.entries()) {
          const [here, there] = nth % 2 === 0 ? [old, young] : [young, old];
          await new Api(here).until(id, (one) => one.status === 'answered');
          const ended = await hangUp(there, id);
          expect(ended).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
          const { ended_at, duration_seconds, facts, events } = ended;
          const told = { ended_at, duration_seconds, facts, events };
          expect(await new Api(here).call(id)).toMatchObject(told);
        }
        expect(await moves(old, young)).toMatchObject({ end_reason: 'api_hangup' });
        const again = await startOld();
        expect(await moves(young, again)).toMatchObject({ end_reason: 'api_hangup' });
        // No call was dialled twice, and no message was sent twice.
        expect(instances.carrier.calls.length).toBe(14);
        expect(instances.carrier.violations).toEqual([]);
        await until(() => receiver.received.size >= 12 * 2);
        expect(receiver.repeated).toEqual([]);
      });
    },
    5 * PATIENCE_MS,
  );
});

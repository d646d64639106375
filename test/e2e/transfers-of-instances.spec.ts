import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { CallJson } from '../support/api.js';
import { InstancePair, type PlacedCall } from '../support/instance-pair.js';
import { PROOFS, until } from '../support/patience.js';
import { postgresStores, type TestStore } from '../support/stores.js';

const source = PROOFS ? await postgresStores() : null;

/** A callback or a stream whose connection broke. */
const CUT_OFF: ReadonlySet<number> = new Set([11200, 31903]);

/** What the timeline tells of transfers: each step, with the reason of a failure. */
const storyOf = ({ events }: CallJson): string[] =>
  events
    .filter(({ type }) => type === 'transfer')
    .map(({ detail }) => [detail['step'], detail['reason']].filter(Boolean).join(' '));

(source ? describe : describe.skip)('transfers with two instances', () => {
  let store: TestStore;
  let pair: InstancePair;

  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    pair = await InstancePair.start(store);
  });
  beforeEach(async () => {
    for (const instance of pair.instances.all) if (!instance.isRunning) await instance.start();
    pair.goTo(0);
  });
  afterEach(() => {
    pair.instances.carrier.clearFaults();
    // What was cut off by a kill is the carrier's to complain of.
    const kinds = pair.instances.carrier.violations.filter(({ code }) => !CUT_OFF.has(code));
    expect(kinds).toEqual([]);
  });
  afterAll(async () => {
    await pair.stop();
    await store.remove();
    await source?.dispose();
  });

  /** From now on each request of the carrier's comes to another instance. */
  const inTurn = (): void => {
    let turn = 0;
    pair.instances.pick = () => pair.instances.at((turn += 1) % 2);
  };
  /** Its stream is at the first, and the second is asked for the transfer. */
  const transferred = async (
    person: CallBehaviour,
  ): Promise<PlacedCall & { whom: string; body: CallJson }> => {
    const placed = await pair.live(0);
    const whom = pair.number({ ringMs: 50, ...person });
    const { status, body } = await pair
      .api(1)
      .request<CallJson>('POST', `/telephony/calls/${placed.runId}/transfer`, { to: whom });
    expect(status).toBe(202);
    return { ...placed, whom, body };
  };
  const talk = async ({ call }: PlacedCall): Promise<void> => {
    await until(() => (call.bridges[0]?.said.person.length ?? 0) >= 10);
  };
  const timesCalled = (to: string): number =>
    pair.instances.carrier.calls.filter((call) => call.to === to).length;
  const over = (runId: number): Promise<CallJson> =>
    pair.api(1).until(runId, ({ ended_at }) => ended_at !== null);
  const connectedOnce = async (placed: PlacedCall & { whom: string }): Promise<void> => {
    await talk(placed);
    const person = await pair.callTo(placed.whom);
    person.hangUp();
    const call = await over(placed.runId);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'transferred' });
    expect(storyOf(call)).toEqual(['started', 'answered', 'ended']);
    expect(timesCalled(placed.whom)).toBe(1);
    // The caller was in one stream, until the person was called.
    expect(placed.call.streams).toHaveLength(1);
    expect(placed.call.streams[0]?.recording.lateArrivals).toEqual([]);
  };
  const givenBack = async (placed: PlacedCall & { whom: string }, reason: string) => {
    await pair.heard(await placed.call.streamNumber(2));
    const call = await pair.api(1).until(placed.runId, ({ streaming }) => streaming);
    expect(storyOf(call)).toEqual(['started', `failed ${reason}`]);
    expect(timesCalled(placed.whom)).toBe(1);
    placed.call.hangUp();
    expect(await over(placed.runId)).toMatchObject({ end_reason: 'caller_hangup' });
  };

  test('asked for at another than has the stream, and told of to each in turn', async () => {
    await pair.instances.explain(async () => {
      const placed = await pair.live(0);
      inTurn();
      const whom = pair.number({ ringMs: 50 });
      const path = `/telephony/calls/${placed.runId}/transfer`;
      expect((await pair.api(1).request('POST', path, { to: whom })).status).toBe(202);
      await connectedOnce({ ...placed, whom });
    });
  });

  test('to a person who is busy: the agent is with the caller again, at the other', async () => {
    await pair.instances.explain(async () => {
      const placed = await pair.live(0);
      pair.goTo(1);
      const whom = pair.number({ outcome: 'busy' });
      const path = `/telephony/calls/${placed.runId}/transfer`;
      expect((await pair.api(1).request('POST', path, { to: whom })).status).toBe(202);
      await givenBack({ ...placed, whom }, 'busy');
      const call = await pair.api(1).call(placed.runId);
      expect(call.instance).toBeNull();
    });
  });

  test('killed, while it tells the carrier: the person is called once', async () => {
    await pair.instances.explain(async () => {
      pair.instances.carrier.fault({
        operation: 'update',
        delayMs: 60_000,
        reply: { status: 503 },
      });
      const placed = await transferred({});
      pair.goTo(1);
      // The first is asking the carrier by now, or is about to.
      pair.instances.carrier.clearFaults();
      await pair.instances.at(0).kill();
      await connectedOnce(placed);
    });
  });

  test('killed, while the phone rings: what follows is told to the other', async () => {
    await pair.instances.explain(async () => {
      const placed = await transferred({ ringMs: 2_000 });
      const person = await pair.callTo(placed.whom);
      await until(() => person.status === 'ringing');
      await pair.instances.at(0).kill();
      pair.goTo(1);
      await connectedOnce(placed);
    });
  });

  test('killed, while the phone rings, and nobody answers: the other has the agent', async () => {
    await pair.instances.explain(async () => {
      const placed = await transferred({ ringMs: 2_000, outcome: 'no-answer' });
      const person = await pair.callTo(placed.whom);
      await until(() => person.status === 'ringing');
      await pair.instances.at(0).kill();
      pair.goTo(1);
      await givenBack(placed, 'no_answer');
    });
  });

  test('killed, while they talk: they go on, and the end is told to the other', async () => {
    await pair.instances.explain(async () => {
      const placed = await transferred({});
      await talk(placed);
      await pair.instances.at(0).kill();
      pair.goTo(1);
      await connectedOnce(placed);
    });
  });
});

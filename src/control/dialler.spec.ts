import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, NOW, type ControlBench } from '../../test/support/control-bench.js';
import {
  accepted,
  CALL,
  FakeCarrier,
  OTHER_ACCOUNT,
  OTHER_CALL,
  OUR_ACCOUNT,
} from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { PATIENCE_MS, until } from '../../test/support/patience.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { StoreLeases } from '../cluster/store-leases.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { DialResult } from '../providers/calls-port.js';
import { Draining } from '../shared/draining.js';
import { LATE } from '../shared/within.js';
import type { Dialler } from './dialler.js';
import { HangUpCall } from './hang-up-call.js';

let store: TestStore;
let bench: ControlBench;
let dialler: Dialler;

beforeEach(async () => {
  store = await sqliteStores.create();
  await begin(new FakeCarrier());
});
afterEach(async () => {
  await dialler.beforeApplicationShutdown();
  await store.remove();
});

async function begin(carrier: FakeCarrier): Promise<void> {
  bench = await controlBench(store.database, carrier);
  dialler = bench.dialler();
}

const THROTTLED: DialResult = { kind: 'throttled', retryAfterSeconds: null };
const hangUp = (run: CallRun) => new HangUpCall(bench.ledger, bench.control).hangUp(run.runId);
const tell = (run: CallRun, ...drafts: ReturnType<typeof statusCallback>[]) =>
  bench.ledger.change({ runId: run.runId }, (draft) => {
    draft?.adoptCall({ call: CALL }, OUR_ACCOUNT);
    for (const told of drafts) draft?.record(told);
  });
/**
 * Does something between two tries. It runs at the moment at which the first try is recorded, so it
 * comes before the second try however slow the machine is.
 */
function betweenTries<T>(run: CallRun, act: (run: CallRun) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = bench.feed.onCommit(({ run: changed }) => {
      const isBetween = changed.dialledAt === null && bench.carrier.placed.length > 0;
      if (changed.runId !== run.runId || !isBetween) return;
      stop();
      act(changed).then(resolve, reject);
    });
  });
}

/** A run in the memory of a process of version 0.2.0. */
async function ofEarlierRelease(dialInstance: string): Promise<CallRun> {
  const held = { begin: (draft: RunDraft) => draft.change({ dialInstance }) };
  const result = await bench.ledger.create(bench.request({}, held));
  if (result.kind !== 'created') throw new Error('the run was not created');
  return result.run;
}

describe('an account that is disabled', () => {
  const uk = () => Object.assign(new FakeCarrier(), { key: 'twilio-uk' });
  const list = (account: FakeCarrier, enabled: boolean) =>
    bench.providers.replaceStored([{ account, enabled, maxConcurrentCalls: null }], new Set());

  it('dials nothing until it is enabled, and what waited then', async () => {
    const account = uk();
    list(account, false);
    const run = await bench.run({ accountKey: account.key });
    expect(await dialler.dial(run, account, 50)).toBe(LATE);
    expect(account.placed).toEqual([]);
    list(account, true);
    expect(await dialler.dial(run, account, PATIENCE_MS)).toMatchObject({ kind: 'placed' });
    expect(account.placed).toHaveLength(1);
  });

  it('is dialled with what it was changed to since the call was put into the queue', async () => {
    const [before, after] = [uk(), uk()];
    list(before, false);
    const run = await bench.run({ accountKey: before.key });
    expect(await dialler.dial(run, before, 50)).toBe(LATE);
    list(after, true);
    expect(await dialler.dial(run, before, PATIENCE_MS)).toMatchObject({ kind: 'placed' });
    expect([before.placed, after.placed].map(({ length }) => length)).toEqual([0, 1]);
  });
});

describe('dialling', () => {
  it('asks as the run says, after it has recorded that it dials', async () => {
    const run = await bench.run({
      ringTimeoutSeconds: 20,
      maxDurationSeconds: 90,
      machineDetection: 'enable',
    });
    let before: CallRun | null = null;
    bench.carrier.onPlace = async () => {
      before = await bench.reread(run);
      return accepted();
    };
    const outcome = await bench.dial(dialler, run);
    const answerUrl = expect.stringContaining(
      `https://gw.example.com/api/v1/telephony/twiml?workflow_id=${run.workflowId}&user_id=${run.userId}&workflow_run_id=${run.runId}`,
    ) as unknown;
    const statusCallbackUrl = expect.stringContaining(
      `https://gw.example.com/api/v1/telephony/status-callback/${run.runId}`,
    ) as unknown;
    expect(bench.carrier.placed).toEqual([
      {
        runId: run.runId,
        idempotencyKey: `patchbay-${run.runId}-${run.createdAt.getTime()}`,
        to: run.to,
        from: run.from,
        urls: { answer: answerUrl, events: statusCallbackUrl },
        ringTimeoutSeconds: 20,
        maxDurationSeconds: 90,
        machineDetection: 'enable',
      },
    ]);
    expect(before).toMatchObject({ dialledAt: NOW, status: 'queued', providerCallId: null });
    expect(outcome).toMatchObject({ kind: 'placed', run: { providerCallId: CALL } });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('is decided when the carrier has answered', async () => {
    const run = await bench.run();
    let answer: (result: DialResult) => void = () => undefined;
    bench.carrier.onPlace = () => new Promise((resolve) => (answer = resolve));
    const work = bench.dial(dialler, run);
    await until(() => bench.carrier.placed.length === 1);
    expect(await dialler.isDecided(run, 1)).toBe(false);
    const decided = dialler.isDecided(run, PATIENCE_MS);
    answer(accepted());
    const { run: placed } = await work;
    expect(await decided).toBe(true);
    expect(await dialler.isDecided(placed, 0)).toBe(true);
  });

  it('fails the run with the carrier’s reason when the carrier refuses', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = () => ({
      kind: 'rejected',
      blame: 'callee',
      code: '21211',
      message: 'no such number',
      httpStatus: 400,
    });
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'rejected',
      reason: 'no such number (21211)',
      run: { status: 'failed', endReason: 'provider_rejected' },
    });
    expect((await bench.events(run)).at(-1)).toMatchObject({
      providerStatus: null,
      detail: { provider_code: '21211', reason: 'no such number' },
    });
    expect(bench.carrier.placed).toHaveLength(1);
  });

  it('is never repeated when its reply is lost; the carrier is asked five seconds later', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = () => ({ kind: 'unknown', message: 'HTTP 403', httpStatus: 403 });
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'placed',
      run: {
        status: 'submission-unknown',
        dialledAt: NOW,
        checkAt: new Date(NOW.getTime() + 5_000),
      },
    });
    expect(bench.carrier.placed).toHaveLength(1);
    expect((await bench.events(run)).at(-1)?.detail).toEqual({ reason: 'HTTP 403' });
    expect(bench.lines).toMatchObject([{ event: 'dial.unknown', workflow_run_id: run.runId }]);
  });

  it('keeps the carrier’s pace', async () => {
    await begin(new FakeCarrier(true, 20));
    const at: number[] = [];
    bench.carrier.onPlace = (nth) => {
      at.push(performance.now());
      return accepted(`CA${nth}`);
    };
    const runs = await Promise.all([bench.run(), bench.run(), bench.run()]);
    const begun = performance.now();
    await Promise.all(runs.map((run) => bench.dial(dialler, run)));
    // Never early. How late even the first one is depends on the machine.
    expect((at[2] ?? 0) - begun).toBeGreaterThanOrEqual(90);
    expect(bench.metrics.dialsWaiting).toBe(0);
  });

  it('tells those who wait what another instance has made of it', async () => {
    const run = await bench.run();
    const refused = {
      kind: 'rejected',
      blame: 'callee',
      code: '21211',
      message: 'no such number',
      httpStatus: 400,
    };
    bench.carrier.onPlace = () => refused as DialResult;
    bench.draining.start();
    const outcome = bench.dial(dialler, run);
    const other = bench.dialler(new Draining());
    await bench.dial(other, run);
    await other.beforeApplicationShutdown();
    expect(await outcome).toMatchObject({
      kind: 'rejected',
      reason: 'no such number (21211)',
      run: { endReason: 'provider_rejected' },
    });
  });

  it('gives up a call that waits longer than a minute', async () => {
    const run = await bench.run();
    bench.clock.advance(60_001);
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'unavailable',
      run: { status: 'failed', endReason: 'queue_timeout', dialledAt: null },
    });
    expect(bench.carrier.placed).toEqual([]);
    const last = await bench.run();
    bench.clock.advance(60_000);
    expect(await bench.dial(dialler, last)).toMatchObject({ kind: 'placed' });
  });

  it('belongs to the account that dials', async () => {
    const run = await bench.run({ accountId: OTHER_ACCOUNT });
    let before: CallRun | null = null;
    bench.carrier.onPlace = async () => {
      before = await bench.reread(run);
      return accepted();
    };
    await bench.dial(dialler, run);
    expect(before).toMatchObject({ accountId: OUR_ACCOUNT });
  });
});

describe('an account whose events nobody reads here', () => {
  const fed = () => Object.assign(new FakeCarrier(), { ingress: { transport: 'feed' as const } });

  it('is not dialled, and its calls wait without losing a try until its feed is read', async () => {
    await begin(fed());
    const run = await bench.run();
    const work = bench.dial(dialler, run);
    // A look at the queue has passed it over.
    await dialler.onApplicationBootstrap();
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', dialledAt: null });
    bench.feeds.set(bench.carrier.key, true);
    expect(await work).toMatchObject({ kind: 'placed', run: { providerCallId: CALL } });
    expect(bench.carrier.placed).toHaveLength(1);
    const tries = (await bench.events(run)).filter(({ type }) => type === 'dial');
    expect(tries.map(({ detail }) => detail['result'])).toEqual(['accepted']);
  });

  it('is not dialled if its feed is lost after the claim: the call waits again', async () => {
    await begin(fed());
    const run = await bench.run();
    const asked: boolean[] = [];
    bench.feeds.mayDial = () => asked.push(asked.length !== 1) > 0 && asked.at(-1) === true;
    expect(await bench.dial(dialler, run)).toMatchObject({ kind: 'placed' });
    expect(asked.slice(0, 3)).toEqual([true, false, true]);
    expect(bench.carrier.placed).toHaveLength(1);
  });

  it('gives up what was hung up or has waited too long', async () => {
    await begin(fed());
    const [run, hungUp] = [await bench.run(), await bench.run()];
    await hangUp(hungUp);
    bench.clock.advance(60_001);
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'unavailable',
      run: { endReason: 'queue_timeout' },
    });
    expect(await bench.reread(hungUp)).toMatchObject({ status: 'canceled' });
    expect(bench.carrier.placed).toEqual([]);
  });
});

describe('between two tries', () => {
  it.each<DialResult>([THROTTLED, { kind: 'unreachable', message: 'ECONNREFUSED' }])(
    'the run is queued as if never dialled ($kind)',
    async (result) => {
      const run = await bench.run();
      bench.carrier.onPlace = (nth) => (nth === 1 ? result : accepted());
      // What the reconciler concludes from it in the meantime: nothing.
      const seen = betweenTries(run, async (queued) => {
        await bench.lostDials.attendQueued(queued);
        return queued;
      });
      const work = bench.dial(dialler, run);
      expect(await seen).toMatchObject({ status: 'queued', dialledAt: null });
      expect(await work).toMatchObject({
        kind: 'placed',
        run: { providerCallId: CALL, dialledAt: NOW },
      });
      const [event] = await bench.events(run);
      expect(event).toMatchObject({
        type: 'dial',
        status: null,
        detail: {
          account: 'twilio',
          result: result.kind,
          code: null,
          reason: expect.any(String) as unknown,
        },
      });
      expect(bench.carrier.placed).toHaveLength(2);
    },
  );

  it('the dialler waits at least as long as the carrier asks', async () => {
    const run = await bench.run();
    const at: number[] = [];
    bench.carrier.onPlace = (nth) => {
      at.push(performance.now());
      return nth === 1 ? { kind: 'throttled', retryAfterSeconds: 1 } : accepted();
    };
    await bench.dial(dialler, run);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('a call that is hung up is never dialled', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = (nth) => (nth === 1 ? THROTTLED : accepted());
    const hungUp = betweenTries(run, hangUp);
    const work = bench.dial(dialler, run);
    expect(await hungUp).toMatchObject({ status: 'canceled', endReason: 'canceled' });
    expect(await work).toMatchObject({ kind: 'placed', run: { status: 'canceled' } });
    expect(bench.carrier.placed).toHaveLength(1);
    expect(await bench.events(run)).toHaveLength(2);
  });

  it('a run that was given up in the meantime is not dialled', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = (nth) => (nth === 1 ? THROTTLED : accepted());
    const givenUp = betweenTries(run, (queued) => {
      bench.clock.advance(75_000);
      return bench.lostDials.attendQueued(queued);
    });
    const work = bench.dial(dialler, run);
    await givenUp;
    expect(await work).toMatchObject({
      kind: 'unavailable',
      run: { status: 'failed', endReason: 'queue_timeout', dialledAt: null },
    });
    expect(bench.carrier.placed).toHaveLength(1);
  });

  it('a run that was hung up while the carrier was asked is not dialled', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = async (nth) => {
      if (nth > 1) return accepted();
      await hangUp(run);
      return THROTTLED;
    };
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'placed',
      run: { status: 'canceled', dialledAt: null },
    });
    expect(bench.carrier.placed).toHaveLength(1);
    expect(bench.carrier.ended).toEqual([]);
  });

  it('a run whose call the carrier reports is not dialled again: the first try has arrived', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = (nth) => (nth === 1 ? THROTTLED : accepted(OTHER_CALL));
    const told = betweenTries(run, () => tell(run, statusCallback('ringing', 1)));
    const work = bench.dial(dialler, run);
    await told;
    expect(await work).toMatchObject({
      kind: 'placed',
      run: { status: 'ringing', providerCallId: CALL },
    });
    expect(bench.carrier.placed).toHaveLength(1);
  });

  it('a service that stops leaves the dial to its next start', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = (nth) =>
      nth === 1 ? { kind: 'throttled', retryAfterSeconds: 10 } : accepted();
    const stopped = betweenTries(run, () => dialler.beforeApplicationShutdown());
    const work = bench.dial(dialler, run);
    await stopped;
    expect(await work).toMatchObject({ kind: 'placed' });
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', dialledAt: null });
    expect(bench.carrier.placed).toHaveLength(1);

    const next = bench.dialler();
    await next.onApplicationBootstrap();
    await until(async () => (await bench.reread(run)).providerCallId !== null);
    expect(bench.carrier.placed).toHaveLength(2);
    expect((await bench.reread(run)).providerCallId).toBe(CALL);
    await next.beforeApplicationShutdown();
  });

  it('after the fourth try nothing rings, and the run fails', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = () => THROTTLED;
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'unavailable',
      reason: 'the carrier takes no more requests',
      run: { status: 'failed', endReason: 'failed' },
    });
    expect(bench.carrier.placed).toHaveLength(4);
  });
});

describe('what happens while the carrier is asked', () => {
  it('a hang-up is carried out as soon as the call has an id', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = async () => {
      expect(await hangUp(run)).toMatchObject({ status: 'queued', hangupReason: 'api_hangup' });
      return accepted();
    };
    await bench.dial(dialler, run);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
  });

  it('a run that is given up in the meantime has its call ended', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = async () => {
      await bench.ledger.change({ runId: run.runId }, (draft) =>
        draft?.record(
          statusCallback('failed', null, { source: 'reconcile', providerStatus: null }),
        ),
      );
      return accepted();
    };
    await bench.dial(dialler, run);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
    expect((await bench.reread(run)).providerCallId).toBe(CALL);
  });

  it('a call that ended in the meantime is left as it is', async () => {
    const run = await bench.run();
    bench.carrier.onPlace = async () => {
      await tell(run, statusCallback('busy', 1));
      return { kind: 'rejected', blame: 'request', code: '1', message: 'x', httpStatus: 400 };
    };
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'rejected',
      run: { status: 'busy' },
    });
    expect((await bench.events(run)).map(({ type }) => type)).toEqual(['status', 'dial']);
    expect(bench.carrier.ended).toEqual([]);
  });

  it.each<DialResult>([
    { kind: 'rejected', blame: 'request', code: '1', message: 'x', httpStatus: 400 },
    { kind: 'throttled', retryAfterSeconds: null },
  ])('a call that the carrier tells of lives, whatever it answers ($kind)', async (result) => {
    const run = await bench.run();
    bench.carrier.onPlace = async () => {
      await tell(run, statusCallback('ringing', 1));
      return result;
    };
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'placed',
      run: { status: 'ringing' },
    });
    expect(bench.carrier.placed).toHaveLength(1);
  });
});

describe('a call that is hung up while it waits in our queue', () => {
  it('is canceled and never dialled', async () => {
    const run = await bench.run();
    expect(await hangUp(run)).toMatchObject({ status: 'canceled', hangupReason: 'api_hangup' });
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'placed',
      run: { status: 'canceled', dialledAt: null },
    });
    expect(bench.carrier.placed).toEqual([]);
    await expect(hangUp({ ...run, runId: 4_711 })).rejects.toThrow('not');
  });
});

describe('the dialler at its start', () => {
  it('dials what an earlier process had in its queue, and nothing that was dialled already', async () => {
    const waiting = await bench.run();
    await bench.change(await bench.run(), { dialledAt: NOW });
    await dialler.onApplicationBootstrap();
    await until(async () => (await bench.reread(waiting)).providerCallId === CALL);
    expect(bench.carrier.placed).toHaveLength(1);
  });

  it('dials what a process of version 0.2.0 has left, and leaves alone what a live one has', async () => {
    const left = await ofEarlierRelease('gone');
    const held = await ofEarlierRelease('alive');
    await new StoreLeases(store.database, { id: 'alive', name: 'other', startedAt: NOW }).beat();
    await dialler.onApplicationBootstrap();
    await until(async () => (await bench.reread(left)).providerCallId === CALL);
    expect(bench.carrier.placed).toHaveLength(1);
    expect(await bench.reread(held)).toMatchObject({ dialledAt: null, dialInstance: 'alive' });
  });

  it('lets only one of two instances dial when both try the same run at the same time', async () => {
    const run = await bench.run();
    const other = bench.dialler();
    const outcomes = await Promise.all([bench.dial(dialler, run), bench.dial(other, run)]);
    expect(bench.carrier.placed).toHaveLength(1);
    expect(outcomes).toMatchObject(
      Array.from({ length: 2 }, () => ({ kind: 'placed', run: { providerCallId: CALL } })),
    );
    await other.beforeApplicationShutdown();
  });

  it('never repeats a dial of another instance, even when that instance is gone', async () => {
    const made = await bench.run();
    const run = await bench.change(made, { dialledAt: NOW, dialInstance: 'gone' });
    await dialler.onApplicationBootstrap();
    expect(await dialler.dial(run, bench.carrier, 1)).toBe(LATE);
    expect(bench.carrier.placed).toEqual([]);
    expect(await bench.reread(run)).toMatchObject({ status: 'queued', dialledAt: NOW });
  });

  it('dials nothing without an account, or for a carrier that is not plugged in', async () => {
    await bench.run({ provider: 'another', accountKey: 'another' });
    await dialler.onApplicationBootstrap();
    await dialler.beforeApplicationShutdown();
    await begin(new FakeCarrier(false));
    await bench.run();
    await dialler.onApplicationBootstrap();
    await dialler.beforeApplicationShutdown();
    expect(bench.carrier.placed).toEqual([]);
  });

  it('dials nothing while it drains, and another instance does so', async () => {
    bench.draining.start();
    const run = await bench.run();
    await dialler.onApplicationBootstrap();
    const outcome = bench.dial(dialler, run);
    expect(await dialler.isDecided(run, 1)).toBe(false);
    expect(bench.carrier.placed).toEqual([]);
    const other = bench.dialler(new Draining());
    await other.onApplicationBootstrap();
    expect(await outcome).toMatchObject({ kind: 'placed', run: { providerCallId: CALL } });
    await other.beforeApplicationShutdown();
  });

  it('logs that the store is unavailable', async () => {
    await store.database.close();
    await dialler.onApplicationBootstrap();
    expect(bench.lines).toMatchObject([{ event: 'dial.not_resumed' }]);
  });
});

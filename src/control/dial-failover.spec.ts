import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, NOW, type ControlBench } from '../../test/support/control-bench.js';
import {
  accepted,
  CALL,
  FakeCarrier,
  numberOf,
  OUR_ACCOUNT,
} from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { PATIENCE_MS, until } from '../../test/support/patience.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import type { CallRun, RunRoute } from '../calls/ledger/call-run.js';
import type { Blame, DialResult } from '../providers/calls-port.js';
import type { Dialler } from './dialler.js';
import { HangUpCall } from './hang-up-call.js';

let store: TestStore;
let bench: ControlBench;
let dialler: Dialler;
let first: FakeCarrier;
let second: FakeCarrier;
let third: FakeCarrier;

beforeEach(async () => {
  store = await sqliteStores.create();
  first = new FakeCarrier();
  [second, third] = ['second', 'third'].map((key) => {
    const carrier = new FakeCarrier(true, 1_000, {}, key);
    carrier.onPlace = () => accepted(CALL, null);
    return carrier;
  }) as [FakeCarrier, FakeCarrier];
  bench = await controlBench(store.database, first, [second, third]);
  dialler = bench.dialler();
});
afterEach(async () => {
  await dialler.beforeApplicationShutdown();
  await store.remove();
});

const refused = (blame: Blame): DialResult => ({
  kind: 'rejected',
  blame,
  code: '20003',
  message: 'no',
  httpStatus: 401,
});
const UNREACHABLE: DialResult = { kind: 'unreachable', message: 'ECONNREFUSED' };
const LOST: DialResult = { kind: 'unknown', message: 'HTTP 502', httpStatus: 502 };

const route = (key: string): RunRoute => ({ account: key, from: numberOf(key), recording: false });
const routedRun = (...keys: string[]) => bench.run({ routes: keys.map(route), recording: true });
const hangUp = (run: CallRun) => new HangUpCall(bench.ledger, bench.control).hangUp(run.runId);
const tries = async (run: CallRun) =>
  (await bench.events(run)).flatMap(({ type, detail }) =>
    type === 'dial' ? [[detail['account'], detail['result'], detail['code']]] : [],
  );
/** Its calls wait in the queue, because nobody reads its feed. */
const keepWaiting = (carrier: FakeCarrier) =>
  Object.assign(carrier, { ingress: { transport: 'feed' as const } });
const waitsAt = (run: CallRun, { key }: FakeCarrier) =>
  until(async () => (await bench.reread(run)).accountKey === key, `it waits at ${key}`);

describe('a call goes on to its next account', () => {
  it.each<[string, DialResult, string | null]>([
    ['refuses for a reason of its own', refused('account'), '20003'],
    ['cannot be reached', UNREACHABLE, null],
  ])('where the first one %s', async (_, result, code) => {
    first.onPlace = () => result;
    const run = await routedRun('second');
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'placed',
      run: {
        accountKey: 'second',
        accountId: second.accountId,
        from: numberOf('second'),
        recording: false,
        routes: null,
        dialledAt: NOW,
        providerCallId: CALL,
      },
    });
    expect([first.placed.length, second.placed.length]).toEqual([1, 1]);
    expect(second.placed[0]).toMatchObject({ from: numberOf('second'), to: run.to });
    expect(second.placed[0]?.urls?.events).toContain('/accounts/second/');
    expect(await tries(run)).toEqual([
      ['twilio', result.kind, code],
      ['second', 'accepted', null],
    ]);
  });

  it('and to the one after that; the last refusal is the reason of the failure', async () => {
    first.onPlace = () => refused('account');
    second.onPlace = () => UNREACHABLE;
    third.onPlace = () => refused('account');
    const run = await routedRun('second', 'third');
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'rejected',
      reason: 'no (20003)',
      run: { status: 'failed', endReason: 'provider_rejected', accountKey: 'third' },
    });
    expect((await tries(run)).map(([account]) => account)).toEqual(['twilio', 'second', 'third']);
    expect(bench.lines.filter(({ event }) => event === 'dial.went_on')).toHaveLength(2);
  });

  it('but not to one that has gone meanwhile, or has lost the number', async () => {
    first.onPlace = () => refused('account');
    const lost = { ...route('second'), from: '+15005559999' };
    const run = await bench.run({ routes: [route('gone'), lost, route('third')] });
    expect(await bench.dial(dialler, run)).toMatchObject({ run: { accountKey: 'third' } });
    expect(second.placed).toEqual([]);
  });

  it('where the one at which it waits has been disabled, which says nothing of how that answers', async () => {
    const account = new FakeCarrier(true, 1_000, {}, 'twilio-uk');
    const stored = { account, enabled: false, maxConcurrentCalls: null };
    bench.providers.replaceStored([stored], new Set());
    const run = await bench.run({ accountKey: account.key, routes: [route('second')] });
    expect(await dialler.dial(run, account, PATIENCE_MS)).toMatchObject({
      run: { accountKey: 'second', providerCallId: CALL },
    });
    expect(account.placed).toEqual([]);
    expect(await tries(run)).toEqual([
      ['twilio-uk', 'unreachable', null],
      ['second', 'accepted', null],
    ]);
  });

  it.each<[string, DialResult]>([
    ['has lost the reply', LOST],
    ['has accepted', accepted()],
    ['blames the number', refused('callee')],
    ['blames the request', refused('request')],
  ])('but not after one that %s', async (_, result) => {
    first.onPlace = () => result;
    const run = await routedRun('second');
    await bench.dial(dialler, run);
    expect(await bench.reread(run)).toMatchObject({ accountKey: 'twilio' });
    expect([first.placed.length, second.placed.length]).toEqual([1, 0]);
  });

  it('but not when the first one tells of the call, whatever it answered', async () => {
    const run = await routedRun('second');
    first.onPlace = async () => {
      await bench.ledger.change({ runId: run.runId }, (draft) => {
        draft?.adoptCall({ call: CALL }, OUR_ACCOUNT);
        draft?.record(statusCallback('ringing', 1));
      });
      return refused('account');
    };
    expect(await bench.dial(dialler, run)).toMatchObject({
      run: { status: 'ringing', accountKey: 'twilio' },
    });
    expect(second.placed).toEqual([]);
  });

  it('but not when it was hung up while the first one was asked', async () => {
    const run = await routedRun('second');
    first.onPlace = async () => {
      await hangUp(run);
      return refused('account');
    };
    expect(await bench.dial(dialler, run)).toMatchObject({ run: { status: 'canceled' } });
    expect(second.placed).toEqual([]);
  });
});

describe('an account that has as many calls as it takes at a time', () => {
  const limited = (key: string, limit: number): FakeCarrier => {
    const account = new FakeCarrier(true, 1_000, {}, key);
    account.onPlace = () => accepted(CALL, null);
    bench.providers.replaceStored(
      [{ account, enabled: true, maxConcurrentCalls: limit }],
      new Set(),
    );
    return account;
  };

  it('is passed over, which the timeline shows', async () => {
    const full = limited('full', 1);
    await bench.run({ accountKey: full.key });
    first.onPlace = () => refused('account');
    const run = await routedRun('full', 'third');
    expect(await bench.dial(dialler, run)).toMatchObject({ run: { accountKey: 'third' } });
    expect(full.placed).toEqual([]);
    expect(await tries(run)).toEqual([
      ['twilio', 'rejected', '20003'],
      ['full', 'full', null],
      ['third', 'accepted', null],
    ]);
  });

  it('leaves the call where it is, if no other is left', async () => {
    const full = limited('full', 1);
    const other = await bench.run({ accountKey: full.key });
    first.onPlace = () => refused('account');
    const run = await routedRun('full');
    expect(await bench.dial(dialler, run)).toMatchObject({
      kind: 'rejected',
      run: { accountKey: 'twilio', endReason: 'provider_rejected' },
    });
    expect((await tries(run)).map(([, result]) => result)).toEqual(['rejected', 'full']);
    expect(full.placed).toEqual([]);
    await hangUp(other);
    await bench.dial(dialler, await routedRun('full'));
    expect(full.placed).toHaveLength(1);
  });

  it('is asked for no call more, however many come at once', async () => {
    const full = limited('full', 2);
    full.onPlace = (nth) => accepted(`CAf${nth}`, null);
    first.onPlace = () => refused('account');
    third.onPlace = (nth) => accepted(`CAt${nth}`, null);
    const runs = await Promise.all(Array.from({ length: 6 }, () => routedRun('full', 'third')));
    await Promise.all(runs.map((run) => bench.dial(dialler, run)));
    expect([full.placed.length, third.placed.length]).toEqual([2, 4]);
  });
});

describe('between two accounts', () => {
  beforeEach(() => {
    first.onPlace = () => refused('account');
    keepWaiting(second);
  });

  it('a call that is hung up is never dialled again', async () => {
    const run = await routedRun('second');
    const work = bench.dial(dialler, run);
    await waitsAt(run, second);
    expect(await hangUp(run)).toMatchObject({ status: 'canceled' });
    expect(await work).toMatchObject({ kind: 'placed', run: { status: 'canceled' } });
  });

  it('a call is given up a minute after it was placed', async () => {
    const run = await routedRun('second');
    const work = bench.dial(dialler, run);
    await waitsAt(run, second);
    bench.clock.advance(60_001);
    await dialler.onApplicationBootstrap();
    expect(await work).toMatchObject({ run: { endReason: 'queue_timeout', dialledAt: null } });
  });

  it('a process may die: another instance dials the second account, and the first one no more', async () => {
    const run = await routedRun('second');
    const work = bench.dial(dialler, run);
    await waitsAt(run, second);
    await dialler.beforeApplicationShutdown();
    await work;
    bench.feeds.set(second.key, true);
    dialler = bench.dialler();
    await dialler.onApplicationBootstrap();
    await until(async () => (await bench.reread(run)).providerCallId !== null);
    expect([first.placed.length, second.placed.length]).toEqual([1, 1]);
  });

  it('a call leaves an account whose feed is lost, at the instance that should read it', async () => {
    const run = await routedRun('second', 'third');
    const work = bench.dial(dialler, run);
    await waitsAt(run, second);
    bench.feeds.isLost = ({ key }) => key === second.key;
    await dialler.onApplicationBootstrap();
    expect(await work).toMatchObject({ run: { accountKey: 'third', providerCallId: CALL } });
    expect(await tries(run)).toEqual([
      ['twilio', 'rejected', '20003'],
      ['second', 'unreachable', null],
      ['third', 'accepted', null],
    ]);
  });
});

it('the routes that are left hold a number, and are erased with the call', async () => {
  const run = await routedRun('second');
  await hangUp(run);
  await bench.ledger.change({ runId: run.runId }, (draft) => draft?.erase());
  expect(await bench.reread(run)).toMatchObject({ from: '', routes: null });
});

it('two instances ask each account once', async () => {
  first.onPlace = () => refused('account');
  const other = bench.dialler();
  const run = await routedRun('second');
  await Promise.all([bench.dial(dialler, run), bench.dial(other, run)]);
  expect([first.placed.length, second.placed.length]).toEqual([1, 1]);
  await other.beforeApplicationShutdown();
});

describe('an account whose dials keep failing', () => {
  const routes = () => [first, second].map((account) => ({ account, from: '', recording: false }));
  const chosen = () => bench.routes.first(routes(), new Set());
  const firstAsked = async () => (await chosen())?.account.key;

  it('is asked after the others, until a single call that tries it is accepted', async () => {
    first.onPlace = () => refused('account');
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await firstAsked()).toBe('twilio');
      await bench.dial(dialler, await bench.run());
    }
    expect(await firstAsked()).toBe('second');
    expect((await chosen())?.fields.routes).toMatchObject([{ account: 'twilio' }]);
    expect(bench.lines.filter(({ event }) => event === 'circuit.opened')).toMatchObject([
      { account: 'twilio', reason: 'no' },
    ]);
    // A minute later.
    await store.database.write((trx) =>
      trx.updateTable('account_circuits').set({ open_until: 1 }).execute(),
    );
    expect([await firstAsked(), await firstAsked()]).toEqual(['twilio', 'second']);
    first.onPlace = () => accepted();
    await bench.dial(dialler, await bench.run());
    expect(await firstAsked()).toBe('twilio');
    expect(bench.lines.at(-1)).toMatchObject({ event: 'circuit.closed', account: 'twilio' });
  });

  it('is one that loses replies too, but not one that refuses numbers', async () => {
    for (const [result, asked] of [
      [refused('callee'), 'twilio'],
      [LOST, 'second'],
    ] as const) {
      first.onPlace = () => result;
      for (let nth = 0; nth < 5; nth += 1) await bench.dial(dialler, await bench.run());
      expect(await firstAsked()).toBe(asked);
    }
  });

  it('is asked nevertheless where all of them fail', async () => {
    for (const key of ['twilio', 'second']) {
      for (let nth = 0; nth < 5; nth += 1) await bench.circuits.failed(key, 'no');
    }
    expect(await firstAsked()).toBe('twilio');
  });
});

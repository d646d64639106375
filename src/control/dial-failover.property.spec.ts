import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { controlBench, type ControlBench } from '../../test/support/control-bench.js';
import { FakeCarrier, numberOf } from '../../test/support/fake-carrier.js';
import { statusCallback } from '../../test/support/ledger-builders.js';
import { LONG } from '../../test/support/patience.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { HangUpCall } from './hang-up-call.js';

const RUNS = LONG ? 400 : 30;
/** Tries at an account that takes no more requests, or at the last one while nobody answers there. */
const TRIES = 4;
const KEYS = ['twilio', 'second', 'third'];

/** What one request to dial meets, and what happens before its reply. */
interface Step {
  reply: DialResult;
  meanwhile: 'nothing' | 'hung up' | 'told of';
}

const words = { code: '1', message: 'no', httpStatus: 400 } as const;
const replies: Array<{ weight: number; arbitrary: fc.Arbitrary<DialResult> }> = [
  [1, { kind: 'unknown', message: 'lost', httpStatus: null }],
  [1, { kind: 'rejected', blame: 'callee', ...words }],
  [1, { kind: 'rejected', blame: 'request', ...words }],
  [4, { kind: 'rejected', blame: 'account', ...words }],
  [4, { kind: 'throttled', retryAfterSeconds: null }],
  [4, { kind: 'unreachable', message: 'refused' }],
  [1, { kind: 'accepted', ids: { call: null, request: '' }, accountId: null, httpStatus: 201 }],
].map(([weight, reply]) => ({
  weight: weight as number,
  arbitrary: fc.constant(reply as DialResult),
}));

const step: fc.Arbitrary<Step> = fc.record({
  reply: fc.oneof(...replies),
  meanwhile: fc.oneof(
    { weight: 20, arbitrary: fc.constant('nothing' as const) },
    { weight: 1, arbitrary: fc.constant('hung up' as const) },
    { weight: 1, arbitrary: fc.constant('told of' as const) },
  ),
});
/** One list for each account; the last step of a list repeats. */
const scripts = fc.array(fc.array(step, { minLength: 1, maxLength: TRIES }), {
  minLength: KEYS.length,
  maxLength: KEYS.length,
});

const at = (script: readonly Step[], nth: number): Step =>
  script[Math.min(nth, script.length - 1)]!;

/** The accounts that are asked, in order, by the rules. */
function asked(of: ReadonlyArray<readonly Step[]>): string[] {
  const keys: string[] = [];
  for (const [place, script] of of.entries()) {
    const isLast = place === of.length - 1;
    for (let nth = 0; ; nth += 1) {
      const { reply, meanwhile } = at(script, nth);
      keys.push(KEYS[place] ?? '');
      if (meanwhile !== 'nothing') return keys;
      if (reply.kind === 'rejected' && reply.blame === 'account') break;
      if (reply.kind !== 'throttled' && reply.kind !== 'unreachable') return keys;
      const isAskedAgain = reply.kind === 'throttled' || isLast;
      if (!isAskedAgain || nth === TRIES - 1) break;
    }
  }
  return keys;
}

const mayRing = ({ reply, meanwhile }: Step): boolean =>
  reply.kind === 'accepted' || reply.kind === 'unknown' || meanwhile === 'told of';

let store: TestStore;
let bench: ControlBench;
let accounts: FakeCarrier[];

beforeAll(async () => {
  store = await sqliteStores.create();
  accounts = KEYS.map((key) => new FakeCarrier(true, 1_000, {}, key));
  const [first, ...others] = accounts;
  bench = await controlBench(store.database, first, others);
});
afterAll(() => store.remove());

const newRun = (): Promise<CallRun> =>
  bench.run({
    accountId: accounts[0]?.accountId ?? '',
    from: numberOf('twilio'),
    routes: KEYS.slice(1).map((key) => ({ account: key, from: numberOf(key), recording: false })),
  });

/** What a dialler does, without the waits between two tries. */
async function dialled(run: CallRun): Promise<CallRun> {
  let [account]: CarrierAccount[] = accounts;
  for (;;) {
    if (!account) throw new Error('there is no account');
    const { accountId } = account;
    const claimed = await bench.change(run, { dialledAt: bench.clock.now(), accountId });
    const outcome = await bench.attempts.make(claimed, account);
    if (outcome.kind !== 'requeued') return bench.reread(run);
    ({ account } = outcome);
  }
}

it('whatever the accounts along a route answer, they are asked by the rules, and at most one dial may ring', async () => {
  let nthRun = 0;
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      nthRun += 1;
      await store.database.write((trx) => trx.deleteFrom('account_circuits').execute());
      await bench.circuits.refresh();
      const run = await newRun();
      const made: Array<{ key: string; step: Step }> = [];
      for (const [place, account] of accounts.entries()) {
        let nth = 0;
        account.onPlace = async () => {
          const now = at(script[place] ?? [], nth);
          nth += 1;
          made.push({ key: account.key, step: now });
          const call = `CA${nthRun}-${made.length}`;
          if (now.meanwhile === 'hung up')
            await new HangUpCall(bench.ledger, bench.control).hangUp(run.runId);
          if (now.meanwhile === 'told of') {
            await bench.ledger.change({ runId: run.runId }, (draft) => {
              draft?.adoptCall({ call }, account.accountId);
              draft?.record(statusCallback('ringing', 1));
            });
          }
          return now.reply.kind === 'accepted' ? { ...now.reply, ids: { call } } : now.reply;
        };
      }
      const end = await dialled(run);
      const keys = made.map(({ key }) => key);
      expect(keys).toEqual(asked(script));
      const ringing = made.filter((one) => mayRing(one.step));
      expect(ringing.length).toBeLessThanOrEqual(1);
      // Nobody is asked after it, and the run belongs to the account that was asked last.
      if (ringing[0]) expect(made.at(-1)).toBe(ringing[0]);
      expect(end.accountKey).toBe(keys.at(-1));
      const told = (await bench.events(run)).filter(({ type }) => type === 'dial');
      expect(told.map(({ detail }) => detail['account'])).toEqual(keys);
      const stillWaits = end.dialledAt === null && end.endedAt === null;
      expect(stillWaits).toBe(false);
    }),
    { numRuns: RUNS },
  );
});

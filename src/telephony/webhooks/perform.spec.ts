import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { noSounds } from '../../../test/support/stream-ledgers.js';
import { callEvent } from '../../calls/ledger/call-event.js';
import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { streamEnded } from '../../calls/streams/stream-events.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction, AnswerRequest, DoResult } from '../../providers/ingress.js';
import { enterStart } from '../media/stream-entries.js';
import { Perform } from './perform.js';

const STREAM: AnswerInstruction = {
  kind: 'stream',
  streamUrl: 'wss://gw.example.com/stream',
  actionUrl: 'https://gw.example.com/action',
  token: 'token-1',
  notice: null,
};
const REJECT: AnswerInstruction = { kind: 'reject', busy: false };

let store: TestStore;
let bench: ControlBench;
let perform: Perform;
let given: AnswerInstruction[];
let asked: Array<AnswerRequest | null>;
let run: CallRun;
beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  perform = new Perform(bench.ledger, bench.sessions, bench.control, noSounds, bench.log);
  given = [];
  asked = [];
  run = await bench.dialledRun();
});
afterEach(() => store.remove());

function instructed(
  result: DoResult | Promise<DoResult>,
  transport: 'webhook' | 'feed' = 'webhook',
): CarrierAccount {
  const ingress = {
    transport,
    perform: async (
      instruction: AnswerInstruction,
      _ids: CallIds,
      question: AnswerRequest | null,
    ) => {
      given.push(instruction);
      asked.push(question);
      return result;
    },
  };
  return Object.assign(Object.create(bench.carrier), { ingress }) as CarrierAccount;
}

const QUESTION: AnswerRequest = {
  direction: 'outbound',
  from: '+12025550100',
  to: '+14155552671',
  status: 'answered',
  providerStatus: 'answered',
  answeredBy: null,
  payload: {},
};
const toldOf = (call: string | null) => ({ ids: { call }, accountId: null, question: QUESTION });
const told = toldOf(null);

describe('an instruction that is given through the API', () => {
  it('succeeds', async () => {
    expect(await perform.give(instructed({ kind: 'done' }), run, told, STREAM)).toBe(true);
    expect(given).toEqual([STREAM]);
    expect(asked).toEqual([QUESTION]);
    expect((await bench.reread(run)).status).toBe('queued');
  });

  it('to stream, and fails: the run fails, and the call is ended', async () => {
    const account = instructed({ kind: 'failed', message: 'HTTP 500' });
    expect(await perform.give(account, run, told, STREAM)).toBe(false);
    expect(await bench.reread(run)).toMatchObject({ status: 'failed', endReason: 'failed' });
    expect(bench.carrier.ended).toEqual([[run.providerCallId, true]]);
    expect(bench.lines.map(({ event }) => event)).toContain('instruction.failed');
  });

  it('to stream, and fails: an end that the carrier tells afterwards has that reason', async () => {
    const account = instructed({ kind: 'failed', message: 'HTTP 500' });
    await perform.give(account, run, told, STREAM);
    await bench.ledger.change({ runId: run.runId }, (draft) => {
      for (const status of ['answered', 'completed'] as const) {
        draft?.record(
          callEvent({ type: 'status', source: 'feed', status, providerStatus: status }),
        );
      }
    });
    expect(await bench.reread(run)).toMatchObject({
      status: 'completed',
      endReason: 'stream_lost',
    });
  });

  it.each(['is here', 'is lost since'] as const)(
    'to stream, and fails though the stream has begun, which %s: the run goes on',
    async (what) => {
      const stream = { streamId: 'MZ1', seen: 0, instance: 'here' };
      const begun = { generation: 1, streamId: stream.streamId };
      const account = instructed(
        bench.ledger.change({ runId: run.runId }, (draft): DoResult => {
          enterStart(draft, stream);
          if (what === 'is lost since') draft?.record(streamEnded(begun, 'lost', {}));
          return { kind: 'failed', message: 'Channel not found' };
        }),
      );
      expect(await perform.give(account, run, told, STREAM)).toBe(true);
      expect(await bench.reread(run)).toMatchObject({
        status: 'answered',
        hangupReason: null,
        streamState: what === 'is here' ? 'live' : 'lost',
      });
      expect(bench.carrier.ended).toEqual([]);
    },
  );

  it('to stream, and nobody knows what became of it: the run goes on', async () => {
    const account = instructed({ kind: 'lost', message: 'no connection' }, 'feed');
    expect(await perform.give(account, run, told, STREAM)).toBe(true);
    expect((await bench.reread(run)).status).toBe('queued');
    expect(bench.carrier.ended).toEqual([]);
    expect(bench.lines.map(({ event }) => event)).toContain('instruction.failed');
  });

  it('to refuse a call that is nobody’s, and fails: nothing else happens', async () => {
    const account = instructed({ kind: 'failed', message: 'HTTP 500' });
    expect(await perform.give(account, null, toldOf('x'), REJECT)).toBe(false);
    expect(bench.carrier.ended).toEqual([]);
  });

  it('is not repeated while the call has its stream', async () => {
    bench.hear(run);
    expect(await perform.give(instructed({ kind: 'done' }), run, told, STREAM)).toBe(true);
    expect(given).toEqual([]);
  });

  it('again after a lost stream, succeeds or fails, which is not tried again', async () => {
    const done = instructed({ kind: 'done' });
    expect(await perform.again(done, run, STREAM)).toEqual({ kind: 'accepted' });
    expect(asked).toEqual([null]);
    const failing = instructed({ kind: 'failed', message: 'HTTP 404' });
    expect(await perform.again(failing, run, STREAM)).toEqual({
      kind: 'failed',
      message: 'HTTP 404',
      retryable: false,
    });
    expect((await bench.reread(run)).status).toBe('queued');
  });

  it.each([
    ['webhook', 2_500],
    ['feed', 10_000],
  ] as const)('has its time, by %s: %s ms', async (transport, milliseconds) => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
    try {
      let result: boolean | null = null;
      const never = new Promise<DoResult>(() => undefined);
      const giving = perform.give(instructed(never, transport), null, told, REJECT);
      void giving.then((outcome) => (result = outcome));
      await jest.advanceTimersByTimeAsync(milliseconds - 1);
      expect(result).toBeNull();
      await jest.advanceTimersByTimeAsync(1);
      expect(await giving).toBe(false);
    } finally {
      jest.useRealTimers();
    }
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import {
  CALL,
  OTHER_ACCOUNT,
  OTHER_CALL,
  OUR_ACCOUNT,
} from '../../../test/support/fake-carrier.js';
import { statusCallback } from '../../../test/support/ledger-builders.js';
import { readForm } from '../../../test/support/read-form.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { noSounds } from '../../../test/support/stream-ledgers.js';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import type { CallRun, NewRun } from '../../calls/ledger/call-run.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import type { Refusal, Refusals } from '../../calls/refusals.js';
import { CallLimits } from '../../calls/ledger/call-limits.js';
import { LimitSettings, StreamSettings } from '../../config/settings.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { AnswerInstruction } from '../../providers/ingress.js';
import { Draining } from '../../shared/draining.js';
import { NoTracer } from '../../shared/tracing/tracer.js';
import type { CallCapacity } from '../../cluster/call-capacity.js';
import { PhoneNumbers } from '../../tenants/phone-numbers.js';
import { Workflows } from '../../tenants/workflows.js';
import type { PublicOrigin } from '../../urls/public-origin.js';
import { hashToken } from '../../urls/stream-token.js';
import { AnswerCall } from './answer-call.js';
import { AnswerTransfer } from './answer-transfer.js';
import { AnswerLoops } from './answer-loops.js';
import { StreamOffers } from './stream-offers.js';
import { TransferOffers } from './transfer-offers.js';
import { Perform } from './perform.js';

const OURS = '+15005550006';
const THEIRS = '+12025550143';
const HANGUP = { kind: 'hangup' };

let store: TestStore;
let bench: ControlBench;
let refusals: Refusal[];
let origin: string | null;
let draining: Draining;
let cluster: FakeCluster;
let answers: AnswerCall;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  refusals = [];
  origin = 'https://gw.example.com';
  draining = new Draining();
  cluster = new FakeCluster();
  begin(new LimitSettings({ maxConcurrentCalls: 10 }));
});
afterEach(() => store.remove());

function begin(limits: LimitSettings): void {
  const noted = { note: (refusal: Refusal) => refusals.push(refusal) } as unknown as Refusals;
  answers = new AnswerCall(
    bench.ledger,
    bench.sessions,
    noted,
    new Workflows(store.database, bench.clock),
    bench.providers,
    {
      of() {
        return this;
      },
      peek: () => null,
      current: () => Promise.resolve(origin),
    } as unknown as PublicOrigin,
    new CallLimits(limits, { total: () => limits.maxConcurrentCalls } as CallCapacity),
    draining,
    cluster,
    new StreamOffers(new StreamSettings(), new AnswerLoops(), bench.providers, noted),
    new AnswerTransfer(
      new TransferOffers(bench.providers),
      new AgentRegistry([]),
      new StreamSettings(),
    ),
    new Perform(bench.ledger, bench.sessions, bench.control, noSounds, bench.log),
    new NoTracer(),
  );
}

async function ask(
  fields: Record<string, string>,
  named: { workflowId: number; userId: number; runId: number } | null = null,
): Promise<AnswerInstruction> {
  const form = Object.entries({ CallSid: CALL, AccountSid: OUR_ACCOUNT, ...fields });
  const { question, ...told } = readForm(bench.carrier, 'answer', form);
  if (!question) throw new Error('nothing is asked');
  return answers.answer(bench.carrier, { ...told, question }, named);
}

const outbound = (run: CallRun, fields: Record<string, string> = {}) =>
  ask(
    { CallStatus: 'in-progress', Direction: 'outbound-api', From: OURS, To: THEIRS, ...fields },
    { workflowId: run.workflowId, userId: run.userId, runId: run.runId },
  );
const inbound = (fields: Record<string, string> = {}) =>
  ask({ CallStatus: 'ringing', Direction: 'inbound', From: THEIRS, To: OURS, ...fields });
const claim = () =>
  new PhoneNumbers(store.database, bench.clock).claim({
    account: 'twilio',
    provider: 'twilio',
    number: OURS,
    workflowId: bench.workflowId,
  });
const tell = (run: CallRun, ...drafts: CallEventDraft[]) =>
  bench.ledger.change({ runId: run.runId }, (draft) => {
    for (const told of drafts) draft?.record(told);
  });
const streamed = (state: 'started' | 'ended', cause = 'lost') =>
  callEvent({ type: 'stream', source: 'media', detail: { stream: state, cause } });
const allRuns = () =>
  store.database.read((db) => db.selectFrom('runs').selectAll().orderBy('run_id').execute());
const reasons = () => refusals.map(({ reason, runId }) => [reason, runId]);

it('nobody is answered while the other instances may believe that we are gone', async () => {
  await claim();
  cluster.fenced = true;
  await expect(inbound()).rejects.toThrow(StoreUnavailableError);
  expect(await bench.ledger.find({ account: 'twilio', callId: CALL })).toBeNull();
  cluster.fenced = false;
  expect(await inbound()).toMatchObject({ kind: 'stream' });
});

describe('a call that we placed', () => {
  it('is answered with its stream: the request means that the callee has picked up', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    const instruction = await outbound(run, { AnsweredBy: 'human' });
    const path = `${run.workflowId}/${run.userId}/${run.runId}`;
    if (instruction.kind !== 'stream') throw new Error(instruction.kind);
    expect(instruction).toMatchObject({
      streamUrl: `wss://gw.example.com/api/v1/telephony/ws/${path}`,
      actionUrl: expect.stringContaining(`workflow_run_id=${run.runId}`) as unknown,
      notice: null,
    });
    const [token] = await store.database.read((db) =>
      db.selectFrom('stream_tokens').selectAll().execute(),
    );
    expect(token).toMatchObject({
      token_hash: hashToken(instruction.token),
      run_id: run.runId,
      provider_call_id: CALL,
      expires_at: bench.clock.now().getTime() + 120_000,
    });
    expect(await bench.reread(run)).toMatchObject({ status: 'answered', answeredBy: 'human' });
    expect(await bench.events(run)).toMatchObject([
      { source: 'answer', status: 'answered', providerStatus: 'in-progress' },
    ]);
  });

  it('gives one answer with another token when the carrier asks again', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    const [first, second] = [await outbound(run), await outbound(run)];
    expect(first).not.toEqual(second);
    expect(second.kind).toBe('stream');
    expect(await bench.events(run)).toHaveLength(1);
  });

  it('is not answered when the carrier asks while it rings', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await outbound(run, { CallStatus: 'ringing' });
    expect(await bench.events(run)).toEqual([]);
  });

  it('gets its id when the reply to the dial was lost', async () => {
    const run = await bench.run();
    await outbound(run);
    expect(await bench.reread(run)).toMatchObject({ providerCallId: CALL, status: 'answered' });
  });

  it.each<[string, Record<string, string>, string]>([
    ['call', { CallSid: OTHER_CALL }, 'call-id-mismatch'],
    ['account', { AccountSid: OTHER_ACCOUNT }, 'account-mismatch'],
  ])('is hung up for another %s, and nothing of the run changes', async (_, fields, reason) => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    expect(await outbound(run, fields)).toEqual(HANGUP);
    expect(reasons()).toEqual([[reason, run.runId]]);
    expect(await bench.events(run)).toEqual([]);
  });

  it('with the call of another run is hung up', async () => {
    await bench.dialledRun({ providerCallId: CALL });
    const run = await bench.run();
    expect(await outbound(run)).toEqual(HANGUP);
    expect(reasons()).toEqual([['call-id-mismatch', run.runId]]);
  });

  it('with ids that do not belong together, or of no run, is hung up', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    for (const [wrong, reason] of [
      [{ ...run, workflowId: run.workflowId + 1 }, 'ids-mismatch'],
      [{ ...run, userId: run.userId + 1 }, 'ids-mismatch'],
      [{ ...run, runId: 4_711 }, 'run-unknown'],
    ] as const) {
      refusals.length = 0;
      expect(await outbound(wrong)).toEqual(HANGUP);
      expect(reasons()).toEqual([[reason, wrong.runId]]);
    }
    const other = await bench.run({ provider: 'another', accountKey: 'another' });
    expect(await outbound(other, { CallSid: OTHER_CALL })).toEqual(HANGUP);
  });

  it('that is over, given up or not, is hung up', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await tell(run, statusCallback('failed', null, { providerStatus: null }));
    expect(await outbound(run)).toEqual(HANGUP);
    expect(await bench.reread(run)).toMatchObject({ status: 'failed', checkAt: null });
  });

  it('that is over for the carrier is hung up and looked up a second later', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    await tell(run, statusCallback('answered', 2));
    expect(await outbound(run, { CallStatus: 'completed' })).toEqual(HANGUP);
    expect(await bench.reread(run)).toMatchObject({
      status: 'answered',
      checkAt: new Date(bench.clock.now().getTime() + 1_000),
    });
  });

  it('whose agent failed hears the workflow’s sentence', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL, onFailure: 'Sorry.' });
    await bench.change(run, { hangupReason: 'agent_failed' });
    expect(await outbound(run)).toEqual({ kind: 'say-and-hangup', sentence: 'Sorry.' });
  });

  it('whose stream was lost too often is given up', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    for (let lost = 1; lost <= 5; lost += 1) {
      await tell(run, streamed('started'), streamed('ended'));
      expect((await outbound(run)).kind).toBe('stream');
    }
    await tell(run, streamed('started'), streamed('ended'));
    expect(await outbound(run)).toEqual(HANGUP);
    expect((await bench.reread(run)).hangupReason).toBe('stream_lost');
  });

  it('that asks too often within a minute is given up', async () => {
    const run = await bench.dialledRun({ providerCallId: CALL });
    for (let time = 1; time <= 100; time += 1) await outbound(run);
    expect(reasons()).toEqual([]);
    expect(await outbound(run)).toEqual(HANGUP);
    expect(reasons()).toEqual([['answer-loop', run.runId]]);
    expect((await bench.reread(run)).hangupReason).toBe('stream_lost');
  });

  it('has its recording notice before its first stream, and not again', async () => {
    const run = await bench.dialledRun({
      providerCallId: CALL,
      recording: true,
      recordingNotice: 'Recorded.',
    });
    expect(await outbound(run)).toMatchObject({ notice: 'Recorded.' });
    await tell(run, streamed('started'), streamed('ended'));
    expect(await outbound(run)).toMatchObject({ notice: null });
    const silent = await bench.dialledRun({ recordingNotice: 'Recorded.' });
    expect(await outbound(silent, { CallSid: silent.providerCallId ?? '' })).toMatchObject({
      notice: null,
    });
  });

  describe('whose stream is resumed', () => {
    const SENTENCE = 'Thank you for waiting.';
    const GRACE_MS = 20_000;
    /** Its stream has ended so many milliseconds ago, and another one is awaited. */
    const waiting = async (
      agoMs: number,
      cause: SessionEnd = 'lost',
      fields: Partial<NewRun> = {},
    ): Promise<CallRun> => {
      const given = { providerCallId: CALL, onResume: SENTENCE, ...fields };
      const run = await bench.dialledRun(given);
      await outbound(run);
      await tell(run, streamed('started'), streamed('ended', cause));
      await bench.change(run, { checkAt: later(GRACE_MS) });
      bench.clock.time = later(agoMs);
      return run;
    };
    const later = (milliseconds: number) => new Date(bench.clock.now().getTime() + milliseconds);
    const steps = async (run: CallRun) =>
      (await bench.events(run)).flatMap(({ detail }) => detail['step'] ?? detail['stream'] ?? []);

    it.each([
      [2_900, null],
      [3_100, SENTENCE],
    ])('%i ms late hears %j', async (agoMs, notice) => {
      expect(await outbound(await waiting(agoMs))).toMatchObject({ kind: 'stream', notice });
    });

    it('late hears nothing where the carrier can say nothing', async () => {
      Object.assign(bench.carrier, {
        capabilities: { ...bench.carrier.capabilities, says: false },
      });
      expect(await outbound(await waiting(3_100))).toMatchObject({ kind: 'stream', notice: null });
    });

    it('is not given up while the sentence is said, nor told anew to connect', async () => {
      const run = await waiting(3_100, 'going-away');
      await outbound(run);
      const heardAt = later(SENTENCE.length * 100 - 3_100 + GRACE_MS);
      expect((await bench.reread(run)).checkAt).toEqual(heardAt);
      expect(await steps(run)).toEqual(['started', 'ended', 'moved']);
    });

    it('in time is awaited no longer than before', async () => {
      const run = await waiting(2_900, 'going-away');
      await outbound(run);
      expect((await bench.reread(run)).checkAt).toEqual(later(GRACE_MS - 2_900));
      expect(await steps(run)).toEqual(['started', 'ended']);
    });

    it('is given up by its longest duration, whatever is said', async () => {
      const run = await waiting(3_100, 'lost', { maxDurationSeconds: 20 });
      await outbound(run);
      expect((await bench.reread(run)).checkAt).toEqual(later(22_000 - 3_100));
    });
  });
});

describe('a call that comes in', () => {
  it('becomes one run of the workflow that claimed the number, however often the carrier asks', async () => {
    await claim();
    const asked = await Promise.all([inbound(), inbound(), inbound()]);
    expect(asked.map(({ kind }) => kind)).toEqual(['stream', 'stream', 'stream']);
    expect((await inbound()).kind).toBe('stream');
    const runs = await allRuns();
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      workflow_id: bench.workflowId,
      user_id: bench.userId,
      direction: 'inbound',
      account_id: OUR_ACCOUNT,
      provider_call_id: CALL,
      from_number: THEIRS,
      to_number: OURS,
      status: 'ringing',
      public_origin: 'https://gw.example.com',
      ring_timeout_seconds: 60,
      max_duration_seconds: 3_600,
    });
    expect(await bench.ledger.events(runs[0]?.run_id ?? 0)).toMatchObject([
      { source: 'answer', status: 'ringing' },
    ]);
  });

  it('of a subaccount is hung up, without a run that could only be asked about under ours', async () => {
    await claim();
    expect(await inbound({ AccountSid: OTHER_ACCOUNT })).toEqual(HANGUP);
    expect(reasons()).toEqual([['account-mismatch', null]]);
    expect(await allRuns()).toEqual([]);
    await inbound();
    const [run] = await allRuns();
    expect(await inbound({ AccountSid: OTHER_ACCOUNT })).toEqual(HANGUP);
    expect(reasons().at(-1)).toEqual(['account-mismatch', run?.run_id]);
  });

  it('for a number that nobody has claimed is rejected', async () => {
    expect(await inbound()).toEqual({ kind: 'reject', busy: false });
    expect(reasons()).toEqual([['number-not-claimed', null]]);
  });

  it('that is sent as one that we placed is hung up', async () => {
    await claim();
    expect(await inbound({ Direction: 'outbound-api' })).toEqual(HANGUP);
    expect(reasons()).toEqual([['run-unknown', null]]);
    expect(await allRuns()).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['no public address is known', () => (origin = null)],
    ['the service is stopping', () => draining.start()],
    [
      'as many calls as allowed are in progress',
      () => begin(new LimitSettings({ maxConcurrentCalls: 0 })),
    ],
    [
      'as many of its user',
      () => begin(new LimitSettings({ maxConcurrentCalls: 10, maxConcurrentCallsPerUser: 0 })),
    ],
  ])('is busy while %s', async (_, given) => {
    await claim();
    given();
    expect(await inbound()).toEqual({ kind: 'reject', busy: true });
    expect(await allRuns()).toEqual([]);
  });

  it('keeps its stream while the service is stopping', async () => {
    await claim();
    await inbound();
    draining.start();
    expect((await inbound()).kind).toBe('stream');
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { CALL, OTHER_CALL, OUR_ACCOUNT } from '../../../test/support/fake-carrier.js';
import { statusCallback } from '../../../test/support/ledger-builders.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { SEALER, streamLedger } from '../../../test/support/stream-ledgers.js';
import { FakeCluster, FakeCommands } from '../../../test/support/fake-cluster.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { Handover } from '../../calls/streams/handover.js';
import { Handovers } from '../../calls/streams/handovers.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { streamMoved } from '../../calls/streams/stream-events.js';
import type { Command } from '../../cluster/commands.js';
import { Instance } from '../../cluster/instance.js';
import { StreamSettings } from '../../config/settings.js';
import type { StartMessage } from '../../providers/media-dialect.js';
import { hashToken, mintToken } from '../../urls/stream-token.js';
import type { StreamLedger } from './stream-ledger.js';
import type { Start } from './stream-start.js';

const GRACE_MS = 20_000;
const STREAM = 'MZ1';

let store: TestStore;
let bench: ControlBench;
let streams: StreamLedger;

beforeEach(async () => {
  store = await sqliteStores.create();
  bench = await controlBench(store.database);
  streams = streamLedger({
    ...bench,
    database: store.database,
    settings: new StreamSettings({ graceSeconds: GRACE_MS / 1000 }),
  });
});
afterEach(() => store.remove());

const later = (milliseconds: number) => new Date(bench.clock.now().getTime() + milliseconds);
const kinds = async (run: CallRun) =>
  (await bench.events(run)).map(({ status, detail }) => status ?? detail['stream']);

/** A call with a token for its stream. */
async function call(fields: Partial<CallRun> = {}): Promise<{ run: CallRun; start: StartMessage }> {
  const made = await bench.dialledRun({ providerCallId: CALL });
  const run = await bench.change(made, fields);
  const token = mintToken();
  await bench.ledger.change({ runId: run.runId }, (draft) =>
    draft?.mintToken({ tokenHash: hashToken(token), providerCallId: CALL, expiresAt: later(1) }),
  );
  const start = { kind: 'start', streamId: STREAM, callId: CALL, accountId: OUR_ACCOUNT, token };
  return { run, start: start as unknown as StartMessage };
}

/** A further token of the call's. */
async function anotherToken(run: CallRun): Promise<string> {
  const token = mintToken();
  await bench.ledger.change({ runId: run.runId }, (draft) =>
    draft?.mintToken({
      tokenHash: hashToken(token),
      providerCallId: CALL,
      expiresAt: later(1_000),
    }),
  );
  return token;
}

/** A stream that has begun, as what it writes later knows its run. */
async function begun(of: CallRun, streamId = STREAM, ledger = streams): Promise<CallRun> {
  const { streamGeneration: seen } = await bench.reread(of);
  const result = await ledger.begin(of.runId, streamId, { kind: 'claimed', seen });
  if (result.kind !== 'begun') throw new Error(result.reason);
  return result.run;
}

describe('a start', () => {
  it('with the call’s ids and its token may go on, once', async () => {
    const { run, start } = await call();
    expect(await streams.claim(run.runId, start)).toEqual({ kind: 'claimed', seen: 0 });
    expect(await streams.claim(run.runId, start)).toEqual({
      kind: 'refused',
      code: 4401,
      reason: 'token-used',
    });
  });

  it.each<[string, Partial<StartMessage>]>([
    ['call', { callId: OTHER_CALL }],
    ['account', { accountId: 'AC2' }],
  ])('of another %s spends no token', async (_, other) => {
    const { run, start } = await call();
    const refusal = { kind: 'refused', code: 4403, reason: 'not-this-call' };
    expect(await streams.claim(run.runId, { ...start, ...other })).toEqual(refusal);
    expect(await streams.claim(4_711, start)).toEqual(refusal);
    expect(await streams.claim(run.runId, start)).toEqual({ kind: 'claimed', seen: 0 });
  });

  it('of a carrier that tells no ids is known by its token alone, which still is one run’s and of one use', async () => {
    const { run, start } = await call();
    const bare = { ...start, callId: null, accountId: null };
    const other = await bench.dialledRun({ providerCallId: OTHER_CALL });
    expect(await streams.claim(other.runId, bare)).toMatchObject({ reason: 'token-foreign' });
    expect(await streams.claim(run.runId, bare)).toEqual({ kind: 'claimed', seen: 0 });
    expect(await streams.claim(run.runId, bare)).toMatchObject({ reason: 'token-used' });
  });

  it.each([null, 'not shaped like one'])('with the token %j is refused', async (token) => {
    const { run, start } = await call();
    expect(await streams.claim(run.runId, { ...start, token })).toEqual({
      kind: 'refused',
      code: 4401,
      reason: 'token-missing',
    });
  });

  it('of a run that is over is refused; of one that only we gave up, its call is ended too', async () => {
    const { run, start } = await call();
    const end = (ours: boolean) =>
      bench.ledger.change({ runId: run.runId }, (draft) =>
        draft?.record(statusCallback('failed', null, ours ? { providerStatus: null } : {})),
      );
    await end(true);
    expect(await streams.claim(run.runId, start)).toEqual({
      kind: 'refused',
      code: 1000,
      reason: 'call-ended',
    });
    // In the same queue as what ends it.
    await bench.ledger.change({ runId: run.runId }, () => undefined);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('busy', 1)),
    );
    await streams.claim(run.runId, start);
    await bench.ledger.change({ runId: run.runId }, () => undefined);
    expect(bench.carrier.ended).toHaveLength(1);
  });
});

describe('the first stream of a call', () => {
  const open = (run: CallRun, message: StartMessage, more: Partial<Start> = {}) =>
    streams.open({
      runId: run.runId,
      streamId: STREAM,
      message,
      tokenSpent: false,
      hasOlder: () => false,
      take: () => null,
      ...more,
    });

  it('begins in the commit in which its token is spent', async () => {
    const { run, start } = await call();
    const write = jest.spyOn(store.database, 'write');
    const opened = await open(run, start);
    expect(write).toHaveBeenCalledTimes(1);
    write.mockRestore();
    expect(opened).toMatchObject({
      kind: 'begun',
      run: { status: 'answered', streamGeneration: 1 },
      arrival: null,
    });
    expect(await kinds(run)).toEqual(['answered', 'started']);
    expect(await open(run, start)).toEqual({ kind: 'refused', code: 4401, reason: 'token-used' });
  });

  it.each<[string, Partial<StartMessage>, string]>([
    ['of another call', { callId: OTHER_CALL }, 'not-this-call'],
    ['of another account', { accountId: 'AC2' }, 'not-this-call'],
    ['without a token', { token: null }, 'token-missing'],
    ['with a strange token', { token: mintToken() }, 'token-unknown'],
  ])('%s changes nothing', async (_, other, reason) => {
    const { run, start } = await call();
    expect(await open(run, { ...start, ...other })).toMatchObject({ kind: 'refused', reason });
    expect(await kinds(run)).toEqual([]);
    expect(await open(run, start)).toMatchObject({ kind: 'begun' });
  });

  it('of a call that is over is refused, and the call of one that only we gave up is ended', async () => {
    const { run, start } = await call();
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('failed', null, { providerStatus: null })),
    );
    expect(await open(run, start)).toEqual({ kind: 'refused', code: 1000, reason: 'call-ended' });
    await bench.ledger.change({ runId: run.runId }, () => undefined);
    expect(bench.carrier.ended).toEqual([[CALL, true]]);
  });

  it('is none where there is an older one: that is asked before a token is spent', async () => {
    const { run, start } = await call();
    expect(await open(run, start, { hasOlder: () => true })).toEqual({ kind: 'older' });
    expect(await streams.claim(run.runId, start)).toEqual({ kind: 'claimed', seen: 0 });
  });

  it('needs no token where it came with the path', async () => {
    const { run, start } = await call();
    const spent = { tokenSpent: true };
    expect(await open(run, { ...start, token: null }, spent)).toMatchObject({ kind: 'begun' });
    expect(await streams.claim(run.runId, start)).toMatchObject({ kind: 'claimed' });
  });

  it('is not written down when its session has ended meanwhile, and its token is spent', async () => {
    const { run, start } = await call();
    expect(await open(run, start, { take: () => ({ kind: 'dropped' }) })).toEqual({
      kind: 'dropped',
    });
    expect(await kinds(run)).toEqual([]);
    expect(await open(run, start)).toMatchObject({ reason: 'token-used' });
  });

  it('is one, of two that come at once', async () => {
    const { run, start } = await call();
    const again = { ...start, token: await anotherToken(run) };
    let taken = 0;
    const refusal = { kind: 'refused', code: 4409, reason: 'possible-replay' } as const;
    const take = () => (taken++ === 0 ? null : refusal);
    const both = [open(run, start, { take }), open(run, again, { take })];
    expect((await Promise.all(both)).map(({ kind }) => kind)).toEqual(['begun', 'refused']);
    expect(await kinds(run)).toEqual(['answered', 'started']);
  });
});

describe('a stream', () => {
  it('that begins means that the call was answered, once', async () => {
    const { run } = await call();
    expect(await begun(run)).toMatchObject({ status: 'answered' });
    await begun(run, 'MZ2');
    expect(await kinds(run)).toEqual(['answered', 'started', 'started']);
  });

  it('does not begin for a call that is over', async () => {
    const { run } = await call();
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('completed', 3)),
    );
    const claim = { kind: 'claimed', seen: 0 } as const;
    const refusal = { kind: 'refused', code: 1000, reason: 'call-ended' };
    expect(await streams.begin(run.runId, STREAM, claim)).toEqual(refusal);
    expect(await streams.begin(4_711, STREAM, claim)).toEqual(refusal);
    expect(await kinds(run)).toEqual(['completed']);
  });

  it('ends once, however often that is told', async () => {
    const run = await begun((await call()).run);
    await streams.close(run, streamSummary('lost'));
    await streams.close(run, streamSummary('stop'));
    expect(await kinds(run)).toEqual(['answered', 'started', 'ended']);
    expect((await bench.events(run)).at(-1)?.detail).toMatchObject({
      cause: 'lost',
      code: 1_000,
      stream_id: STREAM,
      duration_ms: 1_235,
    });
  });

  it('may begin again under its id, and ends again', async () => {
    const { run } = await call();
    for (let round = 0; round < 2; round += 1) {
      const stream = await begun(run);
      await streams.close(stream, streamSummary('lost'));
      await streams.close(stream, streamSummary('lost'));
    }
    expect((await kinds(run)).filter((kind) => kind === 'ended')).toHaveLength(2);
  });

  it('that never began has no end', async () => {
    const { run } = await call();
    await begun(run, 'MZ2');
    await streams.close({ ...run, streamGeneration: 2 }, streamSummary('lost'));
    expect(await kinds(run)).toEqual(['answered', 'started']);
  });

  it.each<[SessionEnd, number]>([
    ['lost', GRACE_MS],
    ['going-away', GRACE_MS],
    ['taken-over', GRACE_MS],
    ['protocol', GRACE_MS],
    ['stop', 1_000],
    ['call-ended', 1_000],
  ])('ended by %s leaves %i ms until the carrier is asked', async (cause, wait) => {
    const run = await begun((await call()).run);
    await streams.close(run, streamSummary(cause));
    expect(await bench.reread(run)).toMatchObject({ checkAt: later(wait), hangupReason: null });
    expect(bench.carrier.ended).toEqual([]);
  });

  it.each<[SessionEnd, string]>([
    ['agent-ended', 'agent_hangup'],
    ['agent-failed', 'agent_failed'],
  ])('ended by %s has its call hung up', async (cause, reason) => {
    const run = await begun((await call()).run);
    await streams.close(run, streamSummary(cause));
    expect((await bench.reread(run)).hangupReason).toBe(reason);
    expect(bench.carrier.ended).toEqual([[CALL, false]]);
  });

  it('whose agent failed with a sentence left to say waits for the carrier’s next question', async () => {
    const run = await begun((await call()).run);
    await streams.close({ ...run, onFailure: 'Sorry.' }, streamSummary('agent-failed'));
    expect(await bench.reread(run)).toMatchObject({
      hangupReason: 'agent_failed',
      checkAt: later(GRACE_MS),
    });
    expect(bench.carrier.ended).toEqual([]);
  });

  it('that ends after its call is written down, and asks for nothing', async () => {
    const run = await begun((await call()).run);
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('completed', 3)),
    );
    await streams.close(run, streamSummary('agent-ended'));
    expect(await kinds(run)).toEqual(['answered', 'started', 'completed', 'ended']);
    expect(await bench.reread(run)).toMatchObject({ hangupReason: null, checkAt: null });
    expect(bench.carrier.ended).toEqual([]);
  });
});

describe('what an agent found out', () => {
  it('is kept on the call, unless it was erased', async () => {
    const { run } = await call();
    await streams.storeFacts(run, { name: 'Ada' });
    await streams.noteAgent(run, { said: 'hello' });
    expect((await bench.reread(run)).facts).toEqual({ name: 'Ada' });
    expect((await bench.events(run))[0]).toMatchObject({
      type: 'agent',
      source: 'media',
      detail: { said: 'hello' },
    });
    await bench.change(run, { erasedAt: bench.clock.now() });
    await streams.storeFacts(run, { name: 'Bob' });
    expect((await bench.reread(run)).facts).toEqual({ name: 'Ada' });
  });
});

describe('a call whose stream is at another instance', () => {
  const THERE = new Instance('there');
  const HERE = new Instance('here');
  const LEFT: Handover = {
    agent: 'echo',
    version: 1,
    state: { step: 2 },
    tail: Buffer.from('unheard'),
    utterances: 2,
    heardMs: 40,
    tailMs: 1,
  };
  const LEAVES = { handover: LEFT, committed: () => undefined };
  let cluster: FakeCluster;
  let wires: FakeCommands;
  let here: StreamLedger;
  let there: StreamLedger;

  beforeEach(() => {
    cluster = new FakeCluster();
    cluster.living.add(THERE.id);
    wires = new FakeCommands(THERE.id);
    const ledgerOf = (instance: Instance, commands: FakeCommands) =>
      streamLedger({ ...bench, database: store.database, instance, cluster, commands });
    there = ledgerOf(THERE, wires);
    here = ledgerOf(HERE, new FakeCommands(HERE.id, wires));
  });

  const probed = (agoMs: number | null) => wires.handle('probe', () => ({ audio_ago_ms: agoMs }));

  it('is not taken over while it carries audio', async () => {
    const { run, start } = await call();
    await begun(run, STREAM, there);
    probed(999);
    expect(await here.claim(run.runId, start)).toEqual({
      kind: 'refused',
      code: 4409,
      reason: 'possible-replay',
    });
  });

  it.each([
    ['is silent', () => probed(1_000)],
    ['has no such stream', () => probed(null)],
    ['does not answer', () => undefined],
  ])(
    'is taken over where the other one %s, which is told so before anybody speaks',
    async (_, set) => {
      set();
      const told: Command[] = [];
      wires.handle('fenced', (command) => {
        told.push(command);
        return {};
      });
      const { run, start } = await call();
      await begun(run, STREAM, there);
      const claim = await here.claim(run.runId, start);
      if (claim.kind !== 'claimed') throw new Error(claim.reason);
      const stream = await here.begin(run.runId, 'MZ2', claim);
      if (stream.kind !== 'begun') throw new Error(stream.reason);
      expect(stream.run).toMatchObject({ streamGeneration: 2, streamInstance: HERE.id });
      expect(told).toMatchObject([{ runId: run.runId, generation: 1 }]);
    },
  );

  it('waits once, and not twice, for an instance that does not answer', async () => {
    const { run, start } = await call();
    await begun(run, STREAM, there);
    const claim = await here.claim(run.runId, start);
    expect(claim).toEqual({ kind: 'claimed', seen: 1, isUnanswered: true });
    wires.handle('fenced', () => new Promise(() => undefined));
    if (claim.kind === 'claimed') await here.begin(run.runId, 'MZ2', claim);
    expect((await bench.reread(run)).streamGeneration).toBe(2);
  });

  it('is taken over at once where the other one has given it up, or is gone', async () => {
    probed(0);
    const first = await call();
    const stream = await begun(first.run, STREAM, there);
    await there.close(stream, streamSummary('going-away'));
    expect((await here.claim(first.run.runId, first.start)).kind).toBe('claimed');
    cluster.living.clear();
    await begun(first.run, 'MZ2', there);
    const again = { ...first.start, token: await anotherToken(first.run) };
    expect((await here.claim(first.run.runId, again)).kind).toBe('claimed');
  });

  it('is told what the other one left, in the commit of its end', async () => {
    const { run } = await call();
    const committed: number[] = [];
    const stream = await begun(run, STREAM, there);
    await there.close(stream, streamSummary('going-away'), {
      handover: LEFT,
      committed: () => committed.push(1),
    });
    expect(committed).toEqual([1]);
    const next = await here.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    expect(next).toMatchObject({ arrival: { handover: LEFT, reason: 'moved', gapMs: 0 } });
  });

  it('is told what the other one left before it closed anything', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    expect(await there.handOver(stream, streamSummary('going-away'), LEFT)).toBe('moved');
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving', hangupReason: null });
    // As after a reply that was lost: what it leaves now is newer.
    const left = { ...LEFT, state: { step: 3 } };
    expect(await there.handOver(stream, streamSummary('going-away'), left)).toBe('moved');
    // What ended it meanwhile comes too late to have the call hung up.
    await there.close(stream, streamSummary('agent-failed'));
    expect(await bench.reread(run)).toMatchObject({ hangupReason: null });
    expect(bench.carrier.ended).toEqual([]);
    const next = await here.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    expect(next).toMatchObject({ arrival: { handover: left, reason: 'moved' } });
    expect(await kinds(run)).toEqual(['answered', 'started', 'ended', 'started']);
    expect(await there.handOver(stream, streamSummary('going-away'), LEFT)).toBe('newer');
  });

  it('does not take a call that is to end, or over', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    const over = async (): Promise<void> => {
      expect(await there.handOver(stream, streamSummary('going-away'), LEFT)).toBe('over');
    };
    await there.close(stream, streamSummary('stop'));
    await over();
    await begun(run, 'MZ2', there);
    await bench.ledger.change({ runId: run.runId }, (draft) => draft?.requestHangup('api_hangup'));
    await over();
    await bench.ledger.change({ runId: run.runId }, (draft) =>
      draft?.record(statusCallback('completed', 3)),
    );
    await over();
  });

  it('is told what was left also where a stream came in between, which the carrier stops for this one', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    await there.close(stream, streamSummary('going-away'), LEAVES);
    // The carrier is told to open another at the moment at which it asks for one by itself.
    await bench.ledger.change({ runId: run.runId }, (draft) => {
      draft?.record(streamMoved({ generation: 1, streamId: STREAM }));
    });
    const between = await begun(run, 'MZ2', here);
    await here.close(between, streamSummary('stop', 'MZ2'), LEAVES);
    expect(await bench.reread(run)).toMatchObject({ streamState: 'moving', hangupReason: null });
    const next = await here.begin(run.runId, 'MZ3', { kind: 'claimed', seen: 2 });
    expect(next).toMatchObject({ arrival: { handover: LEFT, reason: 'moved' } });
    if (next.kind !== 'begun') throw new Error(next.reason);
    // That one is nobody's replacement: its stop is the end of the call.
    await here.close(next.run, streamSummary('stop', 'MZ3'), LEAVES);
    expect((await bench.reread(run)).streamState).toBe('over');
  });

  it('is told of the last checkpoint after a crash, which nothing late replaces', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    await there.checkpoint(stream, { ...LEFT, state: { step: 1 } });
    await there.checkpoint(stream, LEFT);
    const next = await here.begin(run.runId, 'MZ2', { kind: 'claimed', seen: 1 });
    expect(next).toMatchObject({ arrival: { handover: LEFT, reason: 'lost' } });
    if (next.kind !== 'begun') throw new Error(next.reason);
    await here.close(next.run, streamSummary('going-away'), {
      handover: { ...LEFT, state: { step: 3 } },
      committed: () => undefined,
    });
    await here.checkpoint(next.run, { ...LEFT, state: { step: 2 } });
    const third = await there.begin(run.runId, 'MZ3', { kind: 'claimed', seen: 2 });
    expect(third).toMatchObject({
      arrival: { handover: { state: { step: 3 } }, reason: 'moved' },
    });
  });

  it('is not told again what an even earlier one had not said', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    await there.close(stream, streamSummary('going-away'), {
      handover: LEFT,
      committed: () => undefined,
    });
    await begun(run, 'MZ2', here);
    const third = await there.begin(run.runId, 'MZ3', { kind: 'claimed', seen: 2 });
    expect(third).toMatchObject({
      arrival: { handover: { state: LEFT.state, tail: null, tailMs: 0 }, reason: 'lost' },
    });
  });

  it('leaves nothing behind in the clear, and nothing once it is erased or ten minutes old', async () => {
    const { run } = await call();
    const stream = await begun(run, STREAM, there);
    const rows = () =>
      store.database.read((db) => db.selectFrom('stream_handovers').selectAll().execute());
    await there.checkpoint(stream, LEFT);
    const [row] = await rows();
    expect(row).toMatchObject({ agent: 'echo', generation: 1, reason: 'checkpoint' });
    const stored = Buffer.from(row?.sealed ?? '', 'base64').toString('latin1');
    expect(stored).not.toMatch(/step|unheard|dW5oZWFyZA/);
    const handovers = new Handovers(store.database, SEALER, bench.clock);
    bench.clock.advance(599_000);
    await handovers.sweep();
    expect(await rows()).toHaveLength(1);
    bench.clock.advance(2_000);
    await handovers.sweep();
    expect(await rows()).toEqual([]);
    await there.checkpoint(stream, LEFT);
    await bench.ledger.change({ runId: run.runId }, (draft) => draft?.erase());
    expect(await rows()).toEqual([]);
  });
});

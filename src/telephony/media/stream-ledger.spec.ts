import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { controlBench, type ControlBench } from '../../../test/support/control-bench.js';
import { CALL, OTHER_CALL, OUR_ACCOUNT } from '../../../test/support/fake-carrier.js';
import { statusCallback } from '../../../test/support/ledger-builders.js';
import { streamSummary } from '../../../test/support/stream-fakes.js';
import { streamLedger } from '../../../test/support/stream-ledgers.js';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import { StreamSettings } from '../../config/settings.js';
import type { StartMessage } from '../../providers/media-dialect.js';
import { hashToken, mintToken } from '../../urls/stream-token.js';
import type { StreamLedger } from './stream-ledger.js';

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

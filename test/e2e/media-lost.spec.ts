import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CallFeed } from '../../src/calls/ledger/call-feed.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { SystemClock } from '../../src/shared/clock.js';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { HANGUP } from '../support/signed-request.js';
import { StreamBench, streamsOf } from '../support/streams.js';
import { expectQuick } from '../support/patience.js';

const place = async (bench: StreamBench, behaviour: CallBehaviour = {}) => {
  const { carrier } = bench.gateway;
  carrier.behave(THEIR_NUMBER, { queuedMs: 10, ...behaviour });
  const placed = await bench.api.place({ to: THEIR_NUMBER });
  const call = await carrier.waitForCall((one) => one.sid === placed.provider_call_id);
  return { call, runId: placed.workflow_run_id };
};
const pause = (milliseconds: number) => new Promise((next) => setTimeout(next, milliseconds));

describe('a call that loses its stream', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start({ env: { STREAM_GRACE_SECONDS: '1' } });
  });
  afterAll(() => bench.stop());

  it('gets a new one from action, and goes on to echo', async () => {
    const { call, runId } = await place(bench, { stream: { cutAfterMs: 600, times: 1 } });
    const first = await call.streamNumber(1);
    expect(await first.ended).toBe('cut');
    const second = await call.streamNumber(2);
    await bench.until(() => second.heardAudio.length > 160 * 50);
    // Longer than the grace: the new stream has stopped that clock.
    await pause(700);
    expect(call.status).toBe('in-progress');
    expect(await bench.api.call(runId)).toMatchObject({ status: 'answered', streaming: true });
    call.hangUp();
    await call.settled;
    const final = await bench.api.until(runId, ({ status }) => status === 'completed');
    expect(final.end_reason).toBe('caller_hangup');
    expect(streamsOf(final)).toMatchObject([
      { stream: 'started', stream_id: first.sid },
      { stream: 'ended', stream_id: first.sid, cause: 'lost', code: null },
      { stream: 'started', stream_id: second.sid },
      { stream: 'ended', stream_id: second.sid, cause: 'stop', code: 1000 },
    ]);
    expect(call.streams).toHaveLength(2);
    expect(bench.gateway.carrier.violations).toEqual([]);
  });

  it('and loses every further one is given up after five new ones within a minute', async () => {
    const { call, runId } = await place(bench, { stream: { cutAfterMs: 60 } });
    expect(await call.ended).toBe('completed');
    await call.settled;
    expect(call.streams).toHaveLength(6);
    const actions = call.webhooks.filter(({ kind }) => kind === 'action');
    expect(actions.map(({ body }) => body === HANGUP)).toEqual([
      ...Array.from({ length: 5 }, () => false),
      true,
    ]);
    const final = await bench.api.until(runId, ({ status }) => status === 'completed');
    expect(final.end_reason).toBe('stream_lost');
  });

  it('and gets none back within the grace: the carrier is asked, and the call hung up as stream_lost', async () => {
    const { call, runId } = await place(bench);
    const stream = await call.streamStarted;
    await bench.started(runId, stream.sid);
    // The carrier has lost its network: it reads no close and asks for nothing.
    stream.freeze();
    bench.session(runId)?.end('lost');
    const lostAt = Date.now();
    expect(await call.ended).toBe('completed');
    const tookMs = Date.now() - lostAt;
    expect(tookMs).toBeGreaterThan(900);
    expectQuick(tookMs, 8_000);
    const final = await bench.api.until(runId, ({ status }) => status === 'completed');
    expect(final).toMatchObject({ end_reason: 'stream_lost', streaming: false });
    expect(streamsOf(final)).toMatchObject([
      { stream: 'started' },
      { stream: 'ended', cause: 'lost', code: 4408 },
    ]);
    expect(call.streams).toHaveLength(1);
    await bench.until(() => !stream.open);
  });

  it('is not hung up for a start that was refused', async () => {
    bench.gateway.carrier.behave(THEIR_NUMBER, { queuedMs: 600_000 });
    const call = await bench.answered();
    const client = await bench.open(call, { token: 'A'.repeat(43) });
    expect((await client.closed).code).toBe(4401);
    await pause(1_700);
    const { events, status } = await bench.api.call(call.runId);
    expect(status).toBe('answered');
    expect(events.map(({ source }) => source)).toEqual(['api', 'answer']);
  });
});

describe('a gateway that is told to stop', () => {
  const timeline = async (dataDir: string, runId: number) => {
    const database = new SqliteDatabase(dataDir);
    await database.open();
    const policy = { silenceMs: 60_000 };
    const ledger = new CallLedger(database, new CallFeed(), new SystemClock(), policy);
    const events = await ledger.events(runId);
    await database.close();
    return events.filter(({ type }) => type === 'stream').map(({ detail }) => detail);
  };

  it('closes what is left of its streams with 1012, in time, and has written it down', async () => {
    const bench = await StreamBench.start();
    try {
      const { call, runId } = await place(bench);
      const stream = await call.streamStarted;
      await bench.until(() => stream.heardAudio.length > 1_600);
      const waiting = await bench.open(await bench.answered(), { sendStart: false });
      const startedAt = Date.now();
      await bench.gateway.service.stop();
      expectQuick(Date.now() - startedAt, 5_000);
      expect(await stream.ended).toBe('server-closed');
      expect(stream.closeCode).toBe(1012);
      expect((await waiting.closed).code).toBe(1012);
      expect(await timeline(bench.gateway.dataDir, runId)).toMatchObject([
        { stream: 'started', stream_id: stream.sid },
        { stream: 'ended', stream_id: stream.sid, cause: 'going-away', code: 1012 },
      ]);
    } finally {
      await bench.stop();
    }
  });

  it('does not wait for peers that answer nothing, nor for agents that never answer', async () => {
    const bench = await StreamBench.start();
    try {
      const { call, runId } = await place(bench);
      const stream = await call.streamStarted;
      await bench.started(runId, stream.sid);
      stream.freeze();
      const stuck = await bench.workflow(() => new Promise(() => undefined));
      const answered = await bench.answered(stuck);
      const client = await bench.open(answered);
      await bench.started(answered.runId, client.streamSid);
      const startedAt = Date.now();
      await bench.gateway.service.stop();
      expectQuick(Date.now() - startedAt, 8_000);
      expect((await client.closed).code).toBe(1012);
      for (const id of [runId, answered.runId]) {
        expect(await timeline(bench.gateway.dataDir, id)).toMatchObject([
          { stream: 'started' },
          { stream: 'ended', cause: 'going-away', code: 1012 },
        ]);
      }
    } finally {
      await bench.stop();
    }
  });

  it('lets calls finish while it drains', async () => {
    const bench = await StreamBench.start({ env: { DRAIN_TIMEOUT_SECONDS: '10' } });
    try {
      const { call, runId } = await place(bench);
      const stream = await call.streamStarted;
      await bench.started(runId, stream.sid);
      const stopping = bench.gateway.service.stop();
      await pause(500);
      const heard = stream.heardAudio.length;
      await bench.until(() => stream.heardAudio.length > heard + 1_600);
      call.hangUp();
      await stopping;
      expect(await stream.ended).toBe('stopped');
      expect(await timeline(bench.gateway.dataDir, runId)).toMatchObject([
        { stream: 'started' },
        { stream: 'ended', cause: 'stop', code: 1000 },
      ]);
    } finally {
      await bench.stop();
    }
  });
});

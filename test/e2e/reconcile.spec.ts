import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { Api } from '../support/api.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { expectQuick } from '../support/patience.js';

const AFTER_SECONDS = 1;
const INTERVAL_SECONDS = 1;
/** The reconciler looks twice a second, and the simulated carrier answers at once. */
const SLACK_MS = 1_500;

describe('a carrier that tells nothing', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({
      env: {
        RECONCILE_AFTER_SECONDS: String(AFTER_SECONDS),
        RECONCILE_INTERVAL_SECONDS: String(INTERVAL_SECONDS),
      },
      carrier: { behaviour: { hangUpAfterMs: 500, callbacks: { dropped: 1 } } },
    });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  /** As if everything so far had been heard an hour ago. */
  async function anHourLater(runId: number): Promise<void> {
    const hourMs = 3_600_000;
    await gateway.service.app.get(Database).write(async (trx) => {
      await trx
        .updateTable('call_events')
        .set((set) => ({ received_at: set('received_at', '-', hourMs) }))
        .where('run_id', '=', runId)
        .execute();
      await trx
        .updateTable('runs')
        .set((set) => ({ dialled_at: set('dialled_at', '-', hourMs), check_at: Date.now() }))
        .where('run_id', '=', runId)
        .execute();
    });
  }

  it.each([
    ['+12025550110', {}, { status: 'completed', end_reason: 'caller_hangup' }],
    ['+12025550111', { outcome: 'busy' as const }, { status: 'busy', end_reason: 'busy' }],
    [
      '+12025550112',
      { outcome: 'no-answer' as const, ringMs: 300 },
      { status: 'no-answer', end_reason: 'no_answer' },
    ],
    ['+12025550113', { outcome: 'failed' as const }, { status: 'failed', end_reason: 'failed' }],
  ])('is asked, and the call to %s ends right in time', async (to, behaviour, expected) => {
    gateway.carrier.behave(to, behaviour);
    const placed = await api.place({ to });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await call.ended;
    const endedAt = Date.now();
    const run = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    const limit = (AFTER_SECONDS + 2 * INTERVAL_SECONDS) * 1_000 + SLACK_MS;
    expectQuick(Date.now() - endedAt, limit);
    expect(run).toMatchObject(expected);
    expect(run.duration_seconds).toBe(call.durationSeconds);
    expect(run.events.some((event) => event.source === 'status-callback')).toBe(false);
  });

  it('that forgets the longest duration is made to end the call', async () => {
    gateway.carrier.behave(THEIR_NUMBER, { hangUpAfterMs: 60_000 });
    const placed = await api.place({ to: THEIR_NUMBER, max_duration_seconds: 60 });
    await api.until(placed.workflow_run_id, (one) => one.streaming);
    await anHourLater(placed.workflow_run_id);
    const run = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    expect(run).toMatchObject({ status: 'completed', end_reason: 'max_duration' });
  });

  it('and knows no such call any more: the run is over, for reasons unknown', async () => {
    gateway.carrier.behave('+12025550115', { hangUpAfterMs: 60_000 });
    const placed = await api.place({ to: '+12025550115' });
    await api.until(placed.workflow_run_id, (one) => one.streaming);
    gateway.carrier.fault({ operation: 'fetch', times: 5, reply: { status: 404, code: 20_404 } });
    const call = gateway.carrier.findCall(placed.provider_call_id ?? '');
    call?.stream?.freeze();
    await anHourLater(placed.workflow_run_id);
    const run = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    expect(run).toMatchObject({ status: 'completed', end_reason: 'unknown' });
    gateway.carrier.clearFaults();
  });
});

describe('machine detection', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway({
      carrier: { behaviour: { answeredBy: 'machine_start', hangUpAfterMs: 800 } },
    });
  });
  afterAll(() => gateway.stop());

  it('is an event of the call, and who answered is on the call', async () => {
    const api = new Api(gateway);
    const placed = await api.place({ to: THEIR_NUMBER, machine_detection: 'enable' });
    const run = await api.until(placed.workflow_run_id, (one) => one.ended_at !== null);
    expect(run.answered_by).toBe('machine_start');
    expect(run.events).toContainEqual(
      expect.objectContaining({
        type: 'machine',
        status: null,
        source: 'status-callback',
        detail: expect.objectContaining({ answered_by: 'machine_start' }) as unknown,
      }),
    );
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { callEvent } from '../../src/calls/ledger/call-event.js';
import { Api, type CallJson } from '../support/api.js';
import { startGateway, UNCLAIMED_NUMBER, type Gateway } from '../support/gateway.js';

const LONG = process.env['LONG_TESTS'] === '1';
const PATIENCE_MS = 60_000;
let lastNumber = 0;
const aNumber = (): string => `+1202555${String(3_000 + lastNumber++)}`;

describe('a proxy in front of the carrier that answers by itself', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { RECONCILE_AFTER_SECONDS: '1', RECONCILE_INTERVAL_SECONDS: '1' },
    });
    api = new Api(gateway);
  });
  afterEach(() => gateway.carrier.clearFaults());
  afterAll(() => gateway.stop());

  const callsTo = (to: string) => gateway.carrier.calls.filter((call) => call.to === to);
  const ended = (placed: CallJson) =>
    api.until(placed.workflow_run_id, (call) => call.ended_at !== null, PATIENCE_MS);

  it.each([403, 404, 408, 429, 451])(
    'with %i to a dial that the carrier took: dialled once, and ends as the phone does',
    async (page) => {
      const to = aNumber();
      gateway.carrier.fault({ operation: 'create', to, reply: { page } });
      const headers = { 'idempotency-key': randomUUID() };
      const dial = () =>
        api.request<CallJson>('POST', '/telephony/calls', { workflow_id: 1, to }, headers);
      const first = await dial();
      expect(first.status).toBe(201);
      const again = await dial();
      expect([again.status, again.body.workflow_run_id]).toEqual([200, first.body.workflow_run_id]);
      const live = await api.until(
        first.body.workflow_run_id,
        (call) => call.streaming,
        PATIENCE_MS,
      );
      expect(callsTo(to).map((call) => call.sid)).toEqual([live.provider_call_id]);
      callsTo(to)[0]?.hangUp();
      expect(await ended(first.body)).toMatchObject({
        status: 'completed',
        end_reason: 'caller_hangup',
      });
      expect((await dial()).status).toBe(200);
      expect(callsTo(to)).toHaveLength(1);
    },
    2 * PATIENCE_MS,
  );

  it.each([403, 404])(
    'with %i to a hang-up that it kept to itself: it is asked for again',
    async (page) => {
      const to = aNumber();
      const placed = await api.place({ to });
      await api.until(placed.workflow_run_id, (call) => call.streaming, PATIENCE_MS);
      gateway.carrier.fault({ operation: 'update', reply: { page }, carriedOut: false });
      const path = `/telephony/calls/${placed.workflow_run_id}/hangup`;
      const { body } = await api.request<CallJson>('POST', path);
      expect(body).toMatchObject({ status: 'answered', ended_at: null });
      expect(await ended(placed)).toMatchObject({
        status: 'completed',
        end_reason: 'api_hangup',
      });
      expect(callsTo(to)[0]?.status).toBe('completed');
    },
    2 * PATIENCE_MS,
  );

  it(
    'with 404 to every question about a silent call: the run lives, and ends as the call does',
    async () => {
      const to = aNumber();
      gateway.carrier.behave(to, { callbacks: { dropped: 1 } });
      const placed = await api.place({ to });
      await api.until(placed.workflow_run_id, (call) => call.streaming, PATIENCE_MS);
      gateway.carrier.fault({ operation: 'fetch', reply: { page: 404 }, times: 3 });
      callsTo(to)[0]?.hangUp();
      expect(await ended(placed)).toMatchObject({
        status: 'completed',
        end_reason: 'caller_hangup',
      });
    },
    2 * PATIENCE_MS,
  );

  (LONG ? it : it.skip)(
    'is not the carrier itself, whose own 429 keeps the run queued for as long as it asks',
    async () => {
      const to = aNumber();
      const reply = { status: 429, headers: { 'Retry-After': '7' } };
      gateway.carrier.fault({ operation: 'create', to, reply, times: 3 });
      const placed = await api.place({ to });
      const seen = new Set<string>();
      const live = await api.until(
        placed.workflow_run_id,
        (call) => {
          seen.add(call.status);
          return call.streaming;
        },
        PATIENCE_MS,
      );
      expect([...seen]).not.toContain('submission-unknown');
      expect(live.events.map(({ status }) => status)).not.toContain('submission-unknown');
      expect(callsTo(to)).toHaveLength(1);
      callsTo(to)[0]?.hangUp();
      await ended(placed);
    },
    2 * PATIENCE_MS,
  );

  it('with 404 to the wish that a number leads to us: it is not called done', async () => {
    gateway.carrier.fault({ operation: 'number', reply: { page: 404 }, carriedOut: false });
    const reply = await api.request('POST', '/phone-numbers', {
      number: UNCLAIMED_NUMBER,
      workflow_id: 1,
    });
    expect(JSON.stringify(reply.body)).toContain("not the carrier's answer");
  });
});

describe('a call that the carrier itself claims not to know', () => {
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { RECONCILE_AFTER_SECONDS: '5', RECONCILE_INTERVAL_SECONDS: '1' },
    });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  it(
    'lives on while its stream delivers, and is hung up as soon as that is possible',
    async () => {
      const unknown = { reply: { status: 404, code: 20_404 }, times: 2 };
      const placed = await api.place({ to: aNumber() });
      await api.until(placed.workflow_run_id, (call) => call.streaming, PATIENCE_MS);
      gateway.carrier.fault({ operation: 'update', ...unknown });
      gateway.carrier.fault({ operation: 'fetch', ...unknown });
      await api.request('POST', `/telephony/calls/${placed.workflow_run_id}/hangup`);
      const run = await api.until(
        placed.workflow_run_id,
        (call) => call.ended_at !== null,
        PATIENCE_MS,
      );
      expect(run).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
      // By the phone's true end, not by the carrier's word that there was none.
      expect(run.events.filter(({ detail }) => 'carrier' in detail)).toEqual([]);
      expect(gateway.carrier.findCall(run.provider_call_id ?? '')?.status).toBe('completed');
    },
    2 * PATIENCE_MS,
  );

  it(
    'and that was given up, is ended as soon as it shows that it lives',
    async () => {
      const to = aNumber();
      gateway.carrier.behave(to, { ringMs: 3_000 });
      const placed = await api.place({ to });
      await api.until(placed.workflow_run_id, (run) => run.status !== 'queued', PATIENCE_MS);
      const call = gateway.carrier.findCall(placed.provider_call_id ?? '');
      const ledger = gateway.service.app.get(CallLedger);
      await ledger.change({ runId: placed.workflow_run_id }, (draft) =>
        draft?.record(
          callEvent({
            type: 'status',
            source: 'reconcile',
            status: 'failed',
            endReason: 'unknown',
          }),
        ),
      );
      expect(await api.call(placed.workflow_run_id)).toMatchObject({ end_reason: 'unknown' });
      await call?.settled;
      const run = await api.until(
        placed.workflow_run_id,
        ({ end_reason: reason }) => reason !== 'unknown',
        PATIENCE_MS,
      );
      expect(run.status).toBe(call?.status);
    },
    2 * PATIENCE_MS,
  );
});

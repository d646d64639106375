import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OtlpTracer } from '../../src/shared/tracing/otlp-tracer.js';
import { TraceIds, traceIdOf } from '../../src/shared/tracing/trace-ids.js';
import { Api, type CallJson } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';
import { listeningLog } from '../support/listening-log.js';
import { OtlpCollector, type ReceivedSpan } from '../support/otlp-collector.js';

describe('traces', () => {
  let collector: OtlpCollector;
  let gateway: Gateway;
  let api: Api;
  beforeEach(async () => {
    collector = await OtlpCollector.start();
    gateway = await startGateway({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=voice%20agents',
        OTEL_SERVICE_NAME: 'calls-test',
        INSTANCE_NAME: 'api-7',
      },
    });
    api = new Api(gateway);
  });
  afterEach(async () => {
    await gateway.stop();
    await collector.stop();
  });

  const spansOf = (runId: number): ReceivedSpan[] =>
    collector.spans.filter(({ attributes }) => attributes['patchbay.workflow_run_id'] === runId);
  const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
    const found = spans.find((span) => span.name === name);
    if (!found) throw new Error(`no ${name} among ${spans.map((span) => span.name).join(', ')}`);
    return found;
  };

  it('of whoever places a call are continued, and lead to the call’s own', async () => {
    const theirs = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    const place = async (traceparent: string) =>
      api.request<CallJson>(
        'POST',
        '/telephony/calls',
        { workflow_id: 1, to: THEIR_NUMBER },
        { traceparent },
      );
    const { body } = await place(`00-${theirs.traceId}-${theirs.spanId}-01`);
    const { workflow_run_id: runId } = body;
    for (const none of [
      '',
      'x',
      `00-${theirs.traceId}-${theirs.spanId}-00`,
      `00-${'0'.repeat(32)}`,
    ]) {
      expect((await place(none)).status).toBe(201);
    }
    await api.until(runId, (call) => call.streaming);
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    await api.until(runId, (state) => state.ended_at !== null);
    await gateway.service.stop();
    const placed = collector.spans.filter(({ name }) => name === 'place');
    expect(placed).toHaveLength(1);
    const root = named(spansOf(runId), 'call');
    expect(placed[0]).toMatchObject({
      traceId: theirs.traceId,
      parentSpanId: theirs.spanId,
      attributes: { 'patchbay.workflow_run_id': runId },
      links: [{ traceId: root.traceId, spanId: root.spanId }],
    });
  });

  it('of a call are one: dial, webhooks, stream, agent and hang-up, under the call itself', async () => {
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await api.until(runId, (call) => call.streaming);
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    const call = await api.until(runId, (state) => state.ended_at !== null);
    await gateway.service.stop();

    const spans = spansOf(runId);
    expect(new Set(spans.map(({ name }) => name))).toEqual(
      new Set(['call', 'dial', 'status-callback', 'answer', 'stream', 'agent', 'hang-up']),
    );
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(spans[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
    const root = named(spans, 'call');
    const stream = named(spans, 'stream');
    expect(root.parentSpanId ?? '').toBe('');
    for (const span of spans.filter((one) => one !== root)) {
      expect(span.parentSpanId).toBe(span.name === 'agent' ? stream.spanId : root.spanId);
    }
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);

    expect(root.attributes).toMatchObject({
      'patchbay.end_reason': 'api_hangup',
      'patchbay.status': 'completed',
      'patchbay.direction': 'outbound',
      'patchbay.call_id': call.provider_call_id,
    });
    expect(named(spans, 'dial').attributes).toMatchObject({
      'patchbay.result': 'accepted',
      'http.response.status_code': 201,
    });
    expect(named(spans, 'answer').attributes).toMatchObject({ 'patchbay.instruction': 'stream' });
    expect(named(spans, 'hang-up').attributes).toMatchObject({ 'patchbay.reason': 'api_hangup' });
    expect(stream.attributes['patchbay.frames_in']).toEqual(expect.any(Number));
    expect(named(spans, 'agent').attributes).toMatchObject({ 'patchbay.agent': 'echo' });
    for (const span of spans) expect(span.endedAt).toBeGreaterThanOrEqual(span.startedAt);
    expect(stream.startedAt).toBeGreaterThanOrEqual(named(spans, 'dial').startedAt);
    expect([...collector.services]).toEqual(['calls-test']);
    expect([...collector.instances]).toEqual(['api-7']);
    expect(collector.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'x-team': 'voice agents', 'content-type': 'application/json' },
    });
  });

  it('of an inbound call begin with its first question; none holds a number, a digit, a token or a key', async () => {
    const claimed = { number: OUR_NUMBER, workflow_id: 1 };
    expect((await api.request('POST', '/phone-numbers', claimed)).status).toBe(201);
    const phone = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    const runId = 1;
    await api.until(runId, (call) => call.streaming);
    phone.sendDigits('8642');
    phone.hangUp();
    await api.until(runId, (call) => call.ended_at !== null);
    await gateway.service.stop();
    const spans = spansOf(runId);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(named(spans, 'answer').attributes).toMatchObject({
      'patchbay.direction': 'inbound',
      'patchbay.status': 'ringing',
    });
    expect(named(spans, 'call').attributes).toMatchObject({
      'patchbay.end_reason': 'caller_hangup',
    });
    const text = collector.bodies.join('\n');
    for (const secret of [API_KEY, gateway.carrier.authToken, '"8642"']) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/\+\d{7}|2025550143|5005550006/);
  });

  it('tell a dial that the carrier refused, with its HTTP status', async () => {
    gateway.carrier.fault({ reply: { status: 400, code: 21_211 } });
    const reply = await api.request<{ workflow_run_id: number }>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: THEIR_NUMBER,
    });
    await gateway.service.stop();
    const spans = spansOf(reply.body.workflow_run_id);
    expect(named(spans, 'dial')).toMatchObject({
      attributes: { 'patchbay.result': 'rejected', 'http.response.status_code': 400 },
      status: { code: 2, message: 'rejected' },
    });
    expect(named(spans, 'call').status).toEqual({ code: 2, message: 'provider_rejected' });
  });

  it('go on in the same trace when the process is another one', async () => {
    const env = {
      DATA_DIR: mkdtempSync(join(tmpdir(), 'patchbay-traces-')),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      RECONCILE_INTERVAL_SECONDS: '1',
    };
    const first = await startGateway({ env, carrier: { behaviour: { queuedMs: 600_000 } } });
    const placed = await new Api(first).place({ to: THEIR_NUMBER, context: { first: true } });
    await first.service.stop();
    // Its carrier is another one too, with the same account, and knows no such call; ten seconds after the dial it is believed.
    const { accountSid, authToken } = first.carrier;
    const second = await startGateway({ env, carrier: { accountSid, authToken } });
    const runId = placed.workflow_run_id;
    await new Api(second).request('POST', `/telephony/calls/${runId}/hangup`);
    await new Api(second).until(runId, (call) => call.ended_at !== null, 60_000);
    await second.stop();
    await first.stop();
    const [dial, whole] = [named(collector.spans, 'dial'), named(collector.spans, 'call')];
    expect(whole.traceId).toBe(dial.traceId);
    expect(dial.parentSpanId).toBe(whole.spanId);
    expect(named(collector.spans, 'hang-up').traceId).toBe(dial.traceId);
  }, 90_000);
});

describe('ids of traces', () => {
  const call = { runId: 7, createdAt: new Date('2026-11-23T10:00:00.000Z') };

  it('follow from the call, so that a restarted process goes on with the same trace', () => {
    const [before, after] = [new TraceIds(), new TraceIds()];
    expect(after.note({ ...call })).toBe(before.note(call));
    expect(before.note({ ...call, runId: 8 })).not.toBe(before.note(call));
    const elsewhere = { ...call, createdAt: new Date(call.createdAt.getTime() + 1) };
    expect(traceIdOf(elsewhere)).not.toBe(traceIdOf(call));
  });

  it('are those of the newest ten thousand calls', () => {
    const ids = new TraceIds();
    for (let runId = 1; runId <= 10_001; runId += 1) ids.note({ ...call, runId });
    expect([ids.of(1), ids.of(2)]).toEqual([null, traceIdOf({ ...call, runId: 2 })]);
  });
});

it('a collector that fails costs nothing but a line in the log', async () => {
  const collector = await OtlpCollector.start(400);
  const { lines, log } = listeningLog();
  const tracer = new OtlpTracer(
    { endpoint: collector.url, headers: {}, serviceName: 'x', instanceName: 'y' },
    new TraceIds(),
    log,
  );
  for (let runId = 1; runId < 1_200; runId += 1) {
    tracer.record({ call: { runId, createdAt: new Date() }, name: 'dial', startedAt: Date.now() });
  }
  await tracer.close();
  expect(collector.requests.length).toBeGreaterThan(1);
  expect(lines.map(({ event }) => event)).toEqual(['traces.not_exported']);
  await collector.stop();
});

it('without an endpoint no tracing code is loaded', () => {
  // The interface alone comes with prom-client.
  const program = `
    import { createRequire } from 'node:module';
    const { startService } = await import('./dist/src/service.js');
    const { parseSettings } = await import('./dist/src/parse-settings.js');
    const env = { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'silent', SIMULATED_CARRIER: 'off' };
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) =>
      path.includes('@opentelemetry/sdk-trace')).length;
    const run = async (more) => {
      const service = await startService(parseSettings({ ...env, ...more }));
      await service.stop();
      return loaded();
    };
    const [a, b] = process.argv.slice(1);
    const without = await run({ DATA_DIR: a });
    const traced = await run({ DATA_DIR: b, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    console.log(JSON.stringify({ without, traced: traced > 0 }));
    process.exit(0);`;
  const directories = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'patchbay-traces-')));
  try {
    const said = execFileSync(
      process.execPath,
      ['--input-type=module', '-e', program, ...directories],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(said)).toEqual({ without: 0, traced: true });
  } finally {
    for (const path of directories) rmSync(path, { recursive: true, force: true });
  }
});

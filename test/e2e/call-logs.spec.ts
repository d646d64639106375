import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TraceIds } from '../../src/shared/tracing/trace-ids.js';
import { claimedPort } from '../support/claimed-port.js';
import { listeningLog, type LogLine } from '../support/listening-log.js';
import { OtlpCollector } from '../support/otlp-collector.js';
import { StreamBench } from '../support/streams.js';

/** Of the service, not of a call. */
const OF_SERVICE = new Set([
  'service.listening',
  'operations.listening',
  'credentials_key.generated',
]);

describe('the log of a call where much goes wrong', () => {
  let collector: OtlpCollector;
  let bench: StreamBench;
  let runId: number;
  const lines: LogLine[] = [];
  const told = (event: string): LogLine[] => lines.filter((line) => line.event === event);

  beforeAll(async () => {
    collector = await OtlpCollector.start();
    bench = await StreamBench.start({
      log: { write: (line) => void lines.push(JSON.parse(line) as LogLine) },
      env: {
        LOG_LEVEL: 'debug',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      },
    });
    // Nobody listens there.
    const url = `http://127.0.0.1:${await claimedPort()}/events`;
    await bench.api.request('POST', '/webhook-endpoints', { url, types: ['call.answered'] });
    const workflowId = await bench.workflow(() => {
      throw new Error('cannot call +12025550143 with Bearer abcdefghijklmnopqrst');
    });
    bench.gateway.carrier.fault({ operation: 'update', reply: { status: 500 } });
    const answered = await bench.answered(workflowId);
    runId = answered.runId;
    await (
      await bench.open(answered, { token: null })
    ).closed;
    await bench.open(answered);
    await bench.ended(runId);
    const { callSid } = answered;
    await bench.requests.callback(runId, bench.requests.event(callSid, 'completed', 3));
    await bench.until(() => told('delivery.failed').length > 0 && told('call.ended').length > 0);
  });
  afterAll(async () => {
    await bench.stop();
    await collector.stop();
  });

  it('tells its beginning, what went wrong, and its end', () => {
    expect(lines.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'call.saved',
        'request.refused',
        'agent.failed',
        'hangup.failed',
        'delivery.failed',
        'call.ended',
      ]),
    );
    expect(told('call.ended')).toEqual([
      expect.objectContaining({ status: 'completed', end_reason: 'agent_failed' }),
    ]);
  });

  it('has the run and its trace in every line', () => {
    const traceId = collector.spans[0]?.traceId ?? told('call.saved')[0]?.['trace_id'];
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    for (const line of lines.filter(({ event }) => !OF_SERVICE.has(event))) {
      expect(line).toMatchObject({ workflow_run_id: runId, trace_id: traceId });
    }
  });

  it('shows neither the number nor the key that the agent threw', () => {
    const [line] = told('agent.failed');
    expect(line?.['error']).toEqual({
      name: 'Error',
      message: 'cannot call [number] with Bearer [redacted]',
    });
    expect(JSON.stringify(lines)).not.toMatch(/2025550143|abcdefghij/);
  });
});

describe('a log line', () => {
  const call = { runId: 7, createdAt: new Date(0) };

  it('about a call that is not traced has no trace', () => {
    const { log, lines } = listeningLog(new TraceIds());
    log.info('a.b', { workflow_run_id: 7 });
    expect(lines[0]).not.toHaveProperty('trace_id');
  });

  it('about no call has none either', () => {
    const ids = new TraceIds();
    const { log, lines } = listeningLog(ids);
    const traceId = ids.note(call);
    log.info('a.b');
    log.info('a.b', { workflow_run_id: 7 });
    expect(lines.map((line) => line['trace_id'])).toEqual([undefined, traceId]);
  });
});

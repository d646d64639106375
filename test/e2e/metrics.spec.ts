import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { HttpSettings } from '../../src/config/settings.js';
import { Database } from '../../src/database/database.js';
import type { HealthReport } from '../../src/operations/health/health-report.js';
import type { MetricsPage } from '../../src/operations/metrics/metrics-page.js';
import type { Credentials } from '../../src/tenants/credentials.js';
import { Draining } from '../../src/shared/draining.js';
import { OperationsListener } from '../../src/operations/operations-listener.js';
import { API_KEY, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import { familiesOf, parseMetrics, valueOf, type Metrics } from '../support/metrics.js';
import { claimedPort } from '../support/claimed-port.js';
import { SilentLog } from '../support/ledger-builders.js';
import { StreamBench, frame } from '../support/streams.js';
import { until } from '../support/patience.js';

const page = (url: string) => request(url).get('/metrics');

describe('metrics of a gateway', () => {
  let bench: StreamBench;
  let operations: string;
  beforeAll(async () => {
    const env = { OPERATIONS_PORT: '0', WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' };
    bench = await StreamBench.start({ env });
    const { port } = bench.gateway.service.app.get(OperationsListener, { strict: false });
    operations = `http://127.0.0.1:${port}`;
  });
  afterAll(() => bench.stop());

  const read = async () => parseMetrics((await page(operations)).text);
  const hangUps = async (): Promise<number> =>
    [...(await read())].reduce(
      (sum, [series, count]) => (series.startsWith('patchbay_hangups_total{') ? sum + count : sum),
      0,
    );

  it('are shown to user 1, and to nobody without a key', async () => {
    expect((await page(bench.gateway.url)).status).toBe(401);
    const admin = await page(bench.gateway.url).set('Authorization', `Bearer ${API_KEY}`);
    expect(admin.status).toBe(200);
    expect(admin.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(admin.headers['cache-control']).toBe('no-store');
    const made = await bench.api.request<{ user_id: number }>('POST', '/users', { name: 'other' });
    const key = await bench.api.request<{ key: string }>(
      'POST',
      `/users/${made.body.user_id}/keys`,
      { name: 'k' },
    );
    const other = await page(bench.gateway.url).set('Authorization', `Bearer ${key.body.key}`);
    expect(other.status).toBe(404);
  });

  it('the second port shows metrics and health without a key, and nothing else', async () => {
    expect((await page(operations)).status).toBe(200);
    expect((await request(operations).get('/health/live')).body).toEqual({ status: 'up' });
    const ready = await request(operations).get('/health/ready?verbose');
    expect([ready.status, ready.body.status, ready.body.reasons]).toEqual([200, 'up', []]);
    for (const path of ['/', '/api/v1/workflows', '/api/v1/telephony/twiml', '/metrics/x']) {
      expect((await request(operations).get(path)).status).toBe(404);
    }
    expect((await request(operations).post('/metrics')).status).toBe(405);
    expect((await request(operations).head('/health/ready')).status).toBe(200);
    expect((await request(operations).get('/drain')).status).toBe(405);
  });

  it('the second port takes the order to drain, with user 1’s key alone', async () => {
    let orders = 0;
    bench.gateway.service.app.get(Draining).onOrder(() => (orders += 1));
    const other = await bench.api.request<{ user_id: number }>('POST', '/users', { name: 'x' });
    const { body } = await bench.api.request<{ key: string }>(
      'POST',
      `/users/${other.body.user_id}/keys`,
      {},
    );
    const drain = (key?: string) => {
      const asked = request(operations).post('/drain');
      return key === undefined ? asked : asked.set('Authorization', `Bearer ${key}`);
    };
    for (const key of [undefined, 'pbk_nobody', body.key]) {
      expect((await drain(key)).status).toBe(401);
    }
    expect(orders).toBe(0);
    expect((await drain(API_KEY)).status).toBe(202);
    expect((await drain(API_KEY)).status).toBe(202);
    expect(orders).toBe(2);
  });

  it('use the labels that Prometheus reserves only where they belong', async () => {
    const { text } = await page(operations);
    const typed = new Map(familiesOf(text).map(({ name, type }) => [name, type]));
    const reserved = [...text.matchAll(/^(\w+)\{(?:.*,)?(le|quantile)="/gm)];
    expect(reserved.length).toBeGreaterThan(0);
    for (const [, name = '', label] of reserved) {
      const type = typed.get(name) ?? typed.get(name.replace(/_bucket$/, ''));
      expect([name, type]).toEqual([name, label === 'le' ? 'histogram' : 'summary']);
    }
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  (promtool ? it : it.skip)('are without a fault to promtool', async () => {
    const { text } = await page(operations);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    expect([stdout, stderr, status]).toEqual(['', '', 0]);
  });

  it('follow a call from the dial to its end', async () => {
    const before = await read();
    const answered = await bench.answered();
    const stream = await bench.live(answered);
    stream.sendAudio(frame(1));
    await bench.until(() => stream.received.length > 0);
    const during = await read();
    const added = (series: string) => valueOf(during, series) - valueOf(before, series);
    expect(added('calls_live{status="answered"}')).toBe(1);
    expect(added('calls_started_total{direction="outbound"}')).toBe(1);
    expect(added('dials_total{provider="twilio",result="accepted"}')).toBe(1);
    expect(added('dial_duration_seconds_count')).toBe(1);
    expect(added('dial_duration_seconds_bucket{le="+Inf"}')).toBe(1);
    expect(added('stream_setup_seconds_count')).toBe(1);
    expect(valueOf(during, 'streams_open')).toBe(1);

    const { runId, callSid } = answered;
    for (const [status, sequence] of [
      ['completed', 3],
      ['completed', 3],
      ['ringing', 1],
    ] as const) {
      await bench.requests.callback(runId, bench.requests.event(callSid, status, sequence));
    }
    stream.send({ event: 'stop', streamSid: stream.streamSid });
    await bench.ended(answered.runId);
    const after = await read();
    const ended = (series: string) => valueOf(after, series) - valueOf(before, series);
    expect(ended('calls_live{status="answered"}')).toBe(0);
    expect(ended('calls_ended_total{direction="outbound",end_reason="caller_hangup"}')).toBe(1);
    expect(ended('callbacks_total{status="completed",outcome="applied"}')).toBe(1);
    expect(ended('callbacks_total{status="completed",outcome="duplicate"}')).toBe(1);
    expect(ended('callbacks_total{status="ringing",outcome="late"}')).toBe(1);
    expect(ended('streams_ended_total{cause="stop"}')).toBe(1);
    expect(valueOf(after, 'streams_open')).toBe(0);
  });

  it('count what was refused, and why', async () => {
    await request(bench.gateway.url).post('/api/v1/telephony/twiml');
    const refused = 'refusals_total{surface="answer",reason="signature-missing"}';
    expect(valueOf(await read(), refused)).toBe(1);
  });

  it('count agents that fail, by their name', async () => {
    const workflowId = await bench.workflow(() => {
      throw new Error('broken');
    });
    const before = await hangUps();
    const answered = await bench.answered(workflowId);
    await bench.open(answered);
    await bench.ended(answered.runId);
    const failures = [...(await read())].filter(([series]) =>
      series.startsWith('patchbay_agent_failures_total'),
    );
    expect(failures).toEqual([[expect.stringMatching(/\{agent="scripted-\w+"\}$/), 1]]);
    // Its call is hung up a moment later, which the next test is not to count.
    await until(async () => (await hangUps()) > before);
  });

  it('measure the play-out: its ticks, and what waits', async () => {
    const workflowId = await bench.workflow((call) => {
      call.sendAudio(Buffer.alloc(8_000 * 120, 1));
      return { onAudio: () => undefined };
    });
    const answered = await bench.answered(workflowId);
    const stream = await bench.live(answered);
    await bench.until(() => stream.received.length > 25);
    const metrics = await read();
    expect(valueOf(metrics, 'playout_lateness_seconds_count')).toBeGreaterThan(5);
    const waiting = valueOf(metrics, 'playout_queue_seconds');
    expect(waiting).toBeGreaterThan(60);
    expect(waiting).toBeLessThan(120);
    expect(valueOf(metrics, 'playout_queue_longest_seconds')).toBeLessThanOrEqual(waiting);
    stream.send({ event: 'stop', streamSid: stream.streamSid });
    await bench.ended(answered.runId);
    // Without its callback it would be hung up a second later, which the next test is not to count.
    const { runId, callSid } = answered;
    await bench.requests.callback(runId, bench.requests.event(callSid, 'completed', 3));
    await bench.api.until(runId, ({ status }) => status === 'completed');
  });

  it('count hang-ups, recorded frames and events that could not be delivered', async () => {
    // Nobody listens there.
    const url = `http://127.0.0.1:${await claimedPort()}/`;
    await bench.api.request('POST', '/webhook-endpoints', { url, types: ['call.answered'] });
    const workflowId = await bench.workflow(
      (call) => ({ onAudio: () => undefined, onDtmf: () => call.hangUp() }),
      { recording: true },
    );
    const before = await read();
    const answered = await bench.answered(workflowId);
    const stream = await bench.live(answered);
    for (let n = 0; n < 25; n += 1) stream.sendAudio(frame(n));
    stream.send({ event: 'dtmf', streamSid: stream.streamSid, dtmf: { digit: '1' } });
    await bench.ended(answered.runId);
    const sum = (metrics: Metrics, series: string): number =>
      [...metrics].reduce((all, [name, count]) => (name.includes(series) ? all + count : all), 0);
    let after = await read();
    const added = (series: string): number => sum(after, series) - sum(before, series);
    await until(async () => {
      after = await read();
      return ['hangups_total', 'recorded_frames', 'deliveries_total'].every(added);
    });
    // A reply that takes a second has the hang-up repeated, and the call is then over already.
    expect(added('hangups_total{provider="twilio",result="accepted"}')).toBe(1);
    expect(added('recorded_frames_total')).toBeGreaterThanOrEqual(25);
    expect(added('recordings_failed_total')).toBe(0);
    expect(added('event_deliveries_total{result="failed"}')).toBe(1);
    expect(valueOf(after, 'event_deliveries_pending')).toBe(1);
  });

  it('hold no id and no number in any label', async () => {
    const labels = [...(await read()).keys()]
      .flatMap((series) => [...series.matchAll(/(\w+)="([^"]*)"/g)])
      .filter(([, name]) => name !== 'le' && name !== 'quantile')
      .map(([, , value = '']) => value);
    expect(labels.length).toBeGreaterThan(50);
    // Agents of the tests are numbered.
    const words = labels.filter((value) => !value.startsWith('scripted-'));
    expect(words.filter((value) => /\d/.test(value))).toEqual([]);
  });

  it('are those of docs/metrics.md, each with its type', async () => {
    const documented = [
      ...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(patchbay_\w+)` +\| (\w+) /gm),
    ].map(([, name = '', type = '']) => ({ name, type }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(documented.sort(byName)).toEqual(familiesOf((await page(operations)).text).sort(byName));
  });

  it.each(['docs/grafana/patchbay.json', 'docs/prometheus-alerts.yml'])(
    '%s asks for metrics that there are, by labels that they have',
    async (file) => {
      const text = (await page(operations)).text;
      const labels = new Map<string, Set<string>>();
      for (const { name, type } of familiesOf(text)) {
        const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
        for (const part of parts) labels.set(name + part, new Set(['job']));
      }
      for (const [, name = '', pairs = ''] of text.matchAll(/^(\w+)\{(.*)\} /gm)) {
        for (const [, label = ''] of pairs.matchAll(/(\w+)="/g)) labels.get(name)?.add(label);
      }
      // A query is one string in JSON and one line or more in YAML; labels stand before or behind the name.
      const asked = readFileSync(file, 'utf8')
        .replaceAll('\\"', '"')
        .matchAll(/(?:by \(([\w, ]+)\) \([^"']*?)?(patchbay_\w+)(?:\{([^}]*)\})?/g);
      const queries = [...asked].map(([, by = '', name = '', matchers = '']) => ({
        name,
        uses: [...by.split(/, */), ...[...matchers.matchAll(/(\w+)[=!]/g)].map(([, l]) => l ?? '')],
      }));
      expect(queries.length).toBeGreaterThan(5);
      for (const { name, uses } of queries) {
        expect([...labels.keys()]).toContain(name);
        expect([name, ...(labels.get(name) ?? [])]).toEqual(
          expect.arrayContaining([name, ...uses.filter((label) => label !== '')]),
        );
      }
    },
  );
});

describe('metrics', () => {
  it('are told while the store is away, but for what only the store knows', async () => {
    const gateway = await startGateway({ env: { OPERATIONS_PORT: '0' } });
    try {
      const { port } = gateway.service.app.get(OperationsListener, { strict: false });
      const read = async () => (await page(`http://127.0.0.1:${port}`)).text;
      expect(await read()).toContain('\npatchbay_event_deliveries_pending 0\n');
      await gateway.service.app.get(Database, { strict: false }).close();
      const text = await read();
      expect(text).toContain('# TYPE patchbay_event_deliveries_pending gauge\n\n');
      expect(text).toContain('\npatchbay_streams_open 0\n');
    } finally {
      await gateway.stop();
    }
  });

  it('tell how many calls wait for their turn to be dialled', async () => {
    const env = { OPERATIONS_PORT: '0', TWILIO_CALLS_PER_SECOND: '0.1' };
    const gateway = await startGateway({ env });
    try {
      const { port } = gateway.service.app.get(OperationsListener, { strict: false });
      const waiting = async () =>
        valueOf(parseMetrics((await page(`http://127.0.0.1:${port}`)).text), 'dials_waiting');
      expect(await waiting()).toBe(0);
      const placing = [1, 2, 3].map(() =>
        request(gateway.url)
          .post('/api/v1/telephony/calls')
          .set('Authorization', `Bearer ${API_KEY}`)
          .send({ workflow_id: 1, to: THEIR_NUMBER })
          .then(({ status }) => status),
      );
      await until(async () => (await waiting()) === 2);
      expect(await Promise.all(placing)).toEqual([201, 201, 201]);
    } finally {
      await gateway.stop();
    }
  });

  it('a second port that is taken: the start fails with a message that names the setting', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const settings = new HttpSettings({ host: '127.0.0.1', operationsPort: port });
    const listener = new OperationsListener(
      settings,
      {} as HealthReport,
      {} as MetricsPage,
      {} as Credentials,
      new Draining(),
      new SilentLog(),
    );
    await expect(listener.onApplicationBootstrap()).rejects.toMatchObject({
      code: 'cannot_start',
      message: expect.stringMatching(new RegExp(`port ${port} .*EADDRINUSE[^]*OPERATIONS_PORT: `)),
    });
    await listener.onApplicationShutdown();
    taken.close();
  });

  it('the second port is closed when the service has stopped, and answers while it drains', async () => {
    const bench = await StreamBench.start({
      env: { OPERATIONS_PORT: '0', DRAIN_TIMEOUT_SECONDS: '20' },
    });
    const { port } = bench.gateway.service.app.get(OperationsListener, { strict: false });
    const url = `http://127.0.0.1:${port}`;
    const answered = await bench.answered();
    const stream = await bench.live(answered);
    const stopping = bench.gateway.service.stop();
    const ready = await request(url).get('/health/ready');
    expect([ready.status, ready.body.draining]).toEqual([503, true]);
    expect((await page(url)).text).toContain('\npatchbay_streams_open 1\n');
    stream.send({ event: 'stop', streamSid: stream.streamSid });
    await stopping;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    await bench.stop();
  });
});

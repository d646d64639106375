import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import { CHECKS } from '../../src/doctor/checks.js';
import { Database } from '../../src/database/database.js';
import { Refusals } from '../../src/calls/refusals.js';
import { RepairNumbers } from '../../src/doctor/repair-numbers.js';
import { Api } from '../support/api.js';
import {
  byName,
  complaints,
  diagnose,
  fullRun,
  startInstallation,
  type CheckJson,
  type Installation,
} from '../support/diagnosis.js';
import { EXPIRED_CERTIFICATE, EXPIRED_KEY } from '../support/expired-certificate.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { ProxyFaults } from '../support/tls-proxy.js';
import { expectQuick, PATIENCE_MS } from '../support/patience.js';

/** What is asked of an instance that has its store, on SQLite, to itself. */
const OF_ONE_INSTANCE = CHECKS.filter((check) => !('appliesTo' in check));

let installation: Installation | null = null;
const start = async (...options: Parameters<typeof startInstallation>): Promise<Installation> => {
  installation = await startInstallation(...options);
  return installation;
};

afterEach(async () => {
  await installation?.stop();
  installation = null;
});

describe('the doctor, behind a proxy', () => {
  it('finds nothing wrong where nothing is, and leaves no trace', async () => {
    const running = await start();
    await running.api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const checks = await diagnose(running);

    expect(complaints(checks)).toEqual([]);
    expect([...checks.keys()]).toEqual(
      OF_ONE_INSTANCE.filter(({ fullOnly }) => !fullOnly).map(({ name }) => name),
    );
    const looked = [...checks.values()].filter(({ status }) => status === 'up');
    expect(looked.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        'dns tls answer-url websocket-upgrade refusals run-id-in-url carrier-credentials numbers clock settings'.split(
          ' ',
        ),
      ),
    );
    for (const { fix } of looked) expect(fix).toBeNull();
    expect(JSON.stringify([...checks.values()])).not.toMatch(/\+1\d{6}/);

    const refusals = running.gateway.service.app.get(Refusals);
    expect(refusals.counted()).toEqual([]);
    expect(await refusals.latest(10)).toEqual([]);
    expect((await running.api.request('GET', '/telephony/calls')).body['data']).toEqual([]);
    expect(running.gateway.carrier.violations).toEqual([]);
  });

  it.each([
    ['handed on', {}],
    ['cut off', { cutPrefix: '/pbx' }],
  ])('finds nothing wrong with a path prefix that is %s', async (_how, faults) => {
    const env = { PUBLIC_URL: 'https://gateway.example/pbx' };
    const checks = await diagnose(await start(faults, { env }));
    expect(complaints(checks)).toEqual([]);
    expect(checks.get('answer-url')).toMatchObject({ status: 'up' });
  });

  it.each<[string, ProxyFaults, string, RegExp]>([
    [
      'drops the upgrade headers',
      { dropsUpgrades: true },
      'websocket-upgrade down',
      /ordinary request.*upgrade headers/,
    ],
    [
      'rewrites the path of the answer URL',
      { rewrite: (target) => target.replace('/api/v1/telephony/twiml', '/voice/twiml') },
      'answer-url down',
      /the path was "\/api\/v1\/telephony\/twiml" and arrived as "\/voice\/twiml"/,
    ],
    [
      'rewrites the path of status callbacks',
      { rewrite: (target) => target.replace(/(status-callback)\/\d+/, '$1') },
      'run-id-in-url down',
      /the path was ".*status-callback\/\d+" and arrived as ".*status-callback"/,
    ],
    [
      'loses the query',
      {
        rewrite: (target) => (target.includes('/twiml') ? target.replace(/\?.*/, '') : target),
      },
      'answer-url down',
      /the query was "workflow_id=1&.*" and arrived as nothing/,
    ],
    [
      'redirects the answer URL',
      {
        intercepts: (target) =>
          target.includes('/twiml') ? { status: 301, location: 'https://www.example/x?y' } : null,
      },
      'answer-url down',
      /not those to the answer path: they are redirected \(HTTP 301\) to https:\/\/www\.example\/x\.$/,
    ],
    [
      'asks for a login before status callbacks',
      { intercepts: (target) => (target.includes('/status-') ? { status: 401 } : null) },
      'run-id-in-url down',
      /asks for a login/,
    ],
    [
      'hands on another host and port',
      { host: 'internal:8080' },
      'answer-url warn',
      /host was "gateway\.example" and arrived as "internal"; the port was "443" and arrived as "8080"/,
    ],
    [
      'spoils the content type of answers',
      { contentType: 'text/html; charset=utf-8' },
      'answer-url down',
      /arrives as "text\/html" in place of text\/xml/,
    ],
    [
      'serves an expired certificate',
      { certificate: { cert: EXPIRED_CERTIFICATE, key: EXPIRED_KEY } },
      'tls down',
      /has expired/,
    ],
  ])('names a proxy that %s', async (_what, faults, complaint, seen) => {
    const running = await start(faults);
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual([complaint]);
    const named = checks.get(complaint.split(' ')[0] ?? '');
    expect(named?.seen).toMatch(seen);
    expect(named?.fix).toEqual(expect.any(String));
    expect(await running.gateway.service.app.get(Refusals).latest(1)).toEqual([]);
  });

  it('names a proxy that strips the port, and that nothing here depends on it', async () => {
    const kept = await diagnose(await start());
    expect(kept.get('answer-url')?.detail['port_kept']).toBe(true);
    await installation?.stop();
    const checks = await diagnose(await start({ stripsPort: true }));
    expect(complaints(checks)).toEqual([]);
    expect(checks.get('answer-url')).toMatchObject({
      status: 'up',
      seen: expect.stringContaining('spelled out in Host is stripped on the way'),
      detail: { port_kept: false },
    });
  });

  it('names a proxy that loses the signature, wherever one is needed', async () => {
    const running = await start({ dropsHeaders: ['x-twilio-signature'] });
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['answer-url down', 'websocket-upgrade down']);
    expect(checks.get('answer-url')?.seen).toContain('did not arrive: x-twilio-signature');
    expect(await running.gateway.service.app.get(Refusals).latest(1)).toEqual([]);
  });

  it('names a proxy that has nothing behind it', async () => {
    const intercepts = () => ({ status: 502 });
    const checks = await diagnose(await start({ intercepts, dropsUpgrades: true }));
    expect(complaints(checks)).toEqual([
      'answer-url down',
      'websocket-upgrade down',
      'run-id-in-url down',
    ]);
    expect(checks.get('answer-url')?.seen).toMatch(/cannot reach this service.*by some-proxy/);
  });

  it('names a host name that does not resolve, and does not blame the rest', async () => {
    const lookup = () =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    const checks = await diagnose(await start({}, {}, { lookup }));
    expect(complaints(checks)).toEqual(['dns down']);
    expect(checks.get('dns')?.seen).toContain('ENOTFOUND');
    for (const name of ['tls', 'answer-url', 'websocket-upgrade', 'round-trip', 'run-id-in-url']) {
      expect(checks.get(name)).toMatchObject({ status: 'skipped' });
    }
  });

  it('names a port at which nobody listens', async () => {
    const connectTo = { 'gateway.example': '127.0.0.1:1' };
    const checks = await diagnose(await start({}, {}, { connectTo }));
    expect(complaints(checks)).toEqual(['tls down']);
    expect(checks.get('tls')?.seen).toContain('refused');
  });

  it('names a port that swallows what it is sent, and waits for it once', async () => {
    const sink = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((listening) => sink.listen(0, '127.0.0.1', listening));
    const { port } = sink.address() as AddressInfo;
    const connectTo = { 'gateway.example': `127.0.0.1:${port}` };
    const checks = await diagnose(await start({}, {}, { connectTo, patienceMs: 200 }));
    sink.close();
    expect(complaints(checks)).toEqual(['tls down']);
    expect(checks.get('tls')?.seen).toContain('nothing answers');
  });

  it('tells its progress, and names a proxy that times out after 5 s', async () => {
    const running = await start({ idleMs: 5_000 });
    const events = [];
    for await (const event of fullRun(running, '?idle_seconds=30')) events.push(event);
    const states = events.filter(({ data }) => data['name'] === 'websocket-idle');
    const told = states.map(({ event, data }) => `${event} ${String(data['state'])}`);
    expect([told[0], told.at(-1)]).toEqual(['check started', 'check finished']);
    expect(new Set(told.slice(1, -1))).toEqual(new Set(['check progress']));
    expect(states[1]?.data['note']).toMatch(/^open for \d s of 30 s$/);
    const found = states.at(-1)?.data;
    expect(found).toMatchObject({
      status: 'down',
      seen: expect.stringMatching(/^A silent WebSocket is closed after \d.* by what stands/),
      detail: { closed_after_s: expect.any(Number) },
    });
    const closedAfter = Number(Object(found?.['detail'])['closed_after_s']);
    expect(closedAfter).toBeGreaterThan(4.5);
    expectQuick(closedAfter * 1_000, 10_000);
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'done', data: { status: 'down' } });
    expect(last?.data['checks']).toHaveLength(OF_ONE_INSTANCE.length);
    expect(complaints(byName(last?.data['checks'] as CheckJson[]))).toEqual([
      'websocket-idle down',
    ]);
  });

  it('runs in full once at a time, and no longer than somebody listens', async () => {
    const running = await start();
    const full = '/telephony/diagnostics?idle_seconds=1';
    const run = fullRun(running, '?idle_seconds=300');
    await run.next();
    const second = await running.api.request('POST', full);
    expect(second).toMatchObject({ status: 409, body: { code: 'conflict' } });
    await run.return();
    const giveUpAt = performance.now() + PATIENCE_MS;
    let again = await fetch(`${running.gateway.url}/health/live`);
    while (performance.now() < giveUpAt) {
      again = await fetch(`${running.gateway.url}/api/v1${full}`, {
        method: 'POST',
        headers: { authorization: 'Bearer test-key-of-user-one-0123456789' },
      });
      if (again.status === 200) break;
      await again.body?.cancel();
    }
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('A silent WebSocket stays open for 1 s.');
  });
});

describe('the doctor, asking the carrier', () => {
  it('names wrong credentials', async () => {
    const running = await start({}, { env: { TWILIO_AUTH_TOKEN: 'f'.repeat(32) } });
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['carrier-credentials down']);
    expect(checks.get('carrier-credentials')?.seen).toContain('401');
  });

  it('names an account that refuses every dial', async () => {
    const running = await start();
    const { api, gateway } = running;
    const reply = { status: 403, code: 20_005, message: 'Account not active' };
    gateway.carrier.fault({ reply, times: 5 });
    for (let nth = 0; nth < 5; nth += 1) {
      const body = { workflow_id: 1, to: THEIR_NUMBER };
      expect((await api.request('POST', '/telephony/calls', body)).status).toBe(502);
    }
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['carrier-dials down']);
    expect(checks.get('carrier-dials')?.seen).toContain('Account not active');
  });

  it('names a trial account', async () => {
    const checks = await diagnose(await start({}, { carrier: { accountType: 'Trial' } }));
    expect(complaints(checks)).toEqual(['carrier-credentials warn']);
    expect(checks.get('carrier-credentials')?.seen).toContain('<Stream>');
  });

  it('names a number that leads elsewhere, and repairs it', async () => {
    const running = await start();
    const { api, gateway } = running;
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const [number] = gateway.carrier.phoneNumbers;
    if (!number) throw new Error('the carrier has no number');
    number.voiceUrl = 'https://old.example.com/api/v1/telephony/twiml';

    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['numbers warn']);
    expect(checks.get('numbers')?.seen).toContain('…06 leads elsewhere');

    const repair = await api.request('POST', '/telephony/diagnostics/repairs/numbers');
    expect(repair).toMatchObject({
      status: 200,
      body: {
        data: [{ number_ends_with: '06', was: 'leads-elsewhere', repaired: true, reason: null }],
      },
    });
    expect(number.voiceUrl).toMatch(/^https:\/\/gateway\.example\/api\/v1\/telephony\/twiml/);
    expect(complaints(await diagnose(running))).toEqual([]);
    const audit = await api.request<{ data: Array<{ action: string }> }>('GET', '/audit-log');
    expect(audit.body.data[0]?.action).toContain('repairs/numbers');
  });

  it('names a call of which the carrier never told', async () => {
    const running = await start({}, { carrier: { behaviour: { callbacks: { dropped: 1 } } } });
    const { workflow_run_id: runId } = await running.api.place({ to: THEIR_NUMBER });
    // Long enough ago for callbacks to have come.
    const database = running.gateway.service.app.get(Database);
    await database.write((trx) =>
      trx
        .updateTable('runs')
        .set({ dialled_at: Date.now() - 60_000 })
        .where('run_id', '=', runId)
        .execute(),
    );
    const checks = await diagnose(running);
    expect(complaints(checks)).toContain('recent-callbacks down');
    expect(checks.get('recent-callbacks')?.detail['workflow_run_ids']).toEqual([runId]);
  });

  it('names a number that the carrier asks only once, and repairs it', async () => {
    const running = await start();
    const { api, gateway } = running;
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const [number] = gateway.carrier.phoneNumbers;
    if (!number?.voiceUrl) throw new Error('the carrier has no number');
    number.voiceUrl = number.voiceUrl.replace(/#.*/, '');

    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['carrier-retries warn']);
    expect(checks.get('carrier-retries')?.seen).toContain('1 claimed number(s)');
    const repair = await api.request('POST', '/telephony/diagnostics/repairs/numbers');
    expect(repair.body['data']).toMatchObject([{ was: 'not-retried', repaired: true }]);
    expect(complaints(await diagnose(running))).toEqual([]);
  });

  it('names a number that tells its ends by GET, and repairs it', async () => {
    const running = await start();
    const { api, gateway } = running;
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const [number] = gateway.carrier.phoneNumbers;
    if (!number) throw new Error('the carrier has no number');
    number.statusCallbackMethod = 'GET';

    expect(complaints(await diagnose(running))).toEqual(['numbers warn']);
    await api.request('POST', '/telephony/diagnostics/repairs/numbers');
    expect(complaints(await diagnose(running))).toEqual([]);
  });

  it('repairs numbers once at a time', async () => {
    const { gateway } = await start();
    const numbers = gateway.service.app.get(RepairNumbers);
    const first = numbers.repair();
    await expect(numbers.repair()).rejects.toMatchObject({ code: 'conflict' });
    expect(await first).toEqual([]);
    expect(await numbers.repair()).toEqual([]);
  });

  it('names a carrier that has to send its callbacks again', async () => {
    const running = await start({}, { carrier: { behaviour: { callbacks: { doubled: 1 } } } });
    const { workflow_run_id: runId } = await running.api.place({ to: THEIR_NUMBER });
    await running.api.until(
      runId,
      ({ events }) => events.filter(({ outcome }) => outcome === 'duplicate').length >= 3,
    );
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['carrier-retries warn']);
    expect(checks.get('carrier-retries')?.seen).toMatch(
      /of the last 24 h [3-9] came more than once/,
    );
  });

  it('explains what the carrier has logged, and what was refused here', async () => {
    const running = await start();
    const { carrier, url } = running.gateway;
    // A callback of a stranger is no matter; one with a wrong signature is.
    await fetch(`${url}/api/v1/telephony/status-callback/1`, { method: 'POST' });
    await fetch(`${url}/api/v1/telephony/status-callback/1`, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': 'A'.repeat(27) + '=' },
    });
    carrier.alerts.push(
      { code: 15_003, level: 'warning', message: 'x', callSid: null, at: new Date() },
      { code: 31_921, level: 'error', message: 'x', callSid: null, at: new Date() },
    );
    const checks = await diagnose(running);
    expect(complaints(checks)).toEqual(['refusals warn', 'carrier-alerts warn']);
    expect(checks.get('refusals')?.seen).toContain('1 × status-callback signature-mismatch');
    expect(checks.get('refusals')?.seen).not.toContain('signature-missing');
    expect(checks.get('carrier-alerts')?.seen).toContain('1 × 15003');
    expect(checks.get('carrier-alerts')?.seen).not.toContain('31921');
  });
});

describe('the doctor, looking at agents and events', () => {
  it('names an agent that fails, its workflow and the cause', async () => {
    const mediaDir = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
    const sound = join(mediaDir, 'hello.wav');
    await writeFile(sound, mulawToWav(Buffer.alloc(8_000, 0xff)));
    const running = await start({}, { env: { MEDIA_DIR: mediaDir } });
    const { body: workflow } = await running.api.request<{ workflow_id: number }>(
      'POST',
      '/workflows',
      { name: 'Hello', agent: 'announce', agent_options: { sound: 'hello.wav' } },
    );
    await rm(mediaDir, { recursive: true });
    const { workflow_run_id: runId } = await running.api.place({
      to: THEIR_NUMBER,
      workflow_id: workflow.workflow_id,
    });
    await running.api.until(runId, ({ end_reason: reason }) => reason === 'agent_failed');
    const checks = await diagnose(running);
    expect(complaints(checks)).toContain('agents warn');
    expect(checks.get('agents')).toMatchObject({
      seen: expect.stringMatching(
        new RegExp(`1 × workflow ${workflow.workflow_id} \\(announce\\): .*hello\\.wav`),
      ),
      detail: { failures: [{ workflow_id: workflow.workflow_id, last_workflow_run_id: runId }] },
    });
  });

  it('names an endpoint that fails, and events that wait at a disabled one', async () => {
    const receiver = createHttpServer((_request, response) => response.writeHead(500).end());
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
    const { port } = receiver.address() as AddressInfo;
    const running = await start({}, { env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' } });
    const { api } = running;
    const { body: endpoint } = await api.request<{ endpoint_id: number }>(
      'POST',
      '/webhook-endpoints',
      { url: `http://127.0.0.1:${port}/` },
    );
    expect((await diagnose(running)).get('event-deliveries')).toMatchObject({ status: 'up' });
    await api.place({ to: THEIR_NUMBER });
    const seen = await failing(running);
    expect(seen).toContain(`endpoint ${endpoint.endpoint_id} of user 1 (`);
    expect(seen).toContain('last: HTTP 500');
    await api.request('PATCH', `/webhook-endpoints/${endpoint.endpoint_id}`, { enabled: false });
    expect(await failing(running)).toContain('Events wait at disabled endpoints');
    receiver.close();
    receiver.closeAllConnections();
  });

  async function failing(running: Installation): Promise<string> {
    const giveUpAt = Date.now() + 30_000;
    for (;;) {
      const check = (await diagnose(running)).get('event-deliveries');
      if (check?.status === 'warn') return check.seen;
      if (Date.now() > giveUpAt) throw new Error(`it says ${check?.seen}`);
      await new Promise((next) => setTimeout(next, 50));
    }
  }
});

it('without a carrier and an address the doctor says so, and looks at the rest', async () => {
  const gateway = await startGateway({
    env: {
      PUBLIC_URL: '',
      TUNNEL_METRICS_URL: 'http://127.0.0.1:1',
      SIMULATED_CARRIER: 'off',
      TWILIO_ACCOUNT_SID: '',
      TWILIO_AUTH_TOKEN: '',
      TWILIO_FROM_NUMBERS: '',
      TWILIO_API_BASE_URL: '',
    },
    carrier: { originMap: {} },
  });
  installation = { gateway, api: new Api(gateway), stop: () => gateway.stop() };
  const checks = await diagnose(installation);
  expect(complaints(checks)).toEqual(['settings warn']);
  for (const name of ['dns', 'tls', 'answer-url', 'websocket-upgrade', 'carrier-credentials']) {
    expect(checks.get(name)).toMatchObject({ status: 'skipped', seen: expect.any(String) });
  }
});

describe('to others the doctor', () => {
  it('does not exist, and echoes nothing', async () => {
    const { gateway, api } = await start();
    const nobody = new Api(gateway, null);
    for (const method of ['GET', 'POST']) {
      expect((await nobody.request(method, '/telephony/diagnostics')).status).toBe(401);
    }
    expect((await nobody.request('POST', '/telephony/diagnostics/repairs/numbers')).status).toBe(
      401,
    );
    const made = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const path = `/users/${made.body.user_id}/keys`;
    const other = new Api(gateway, (await api.request<{ key: string }>('POST', path, {})).body.key);
    for (const [method, at] of [
      ['GET', ''],
      ['POST', ''],
      ['POST', '/repairs/numbers'],
    ] as const) {
      const reply = await other.request(method, `/telephony/diagnostics${at}`);
      expect(reply).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    const nonce = 'A'.repeat(32);
    const echo = await api.request('POST', `/telephony/diagnostics/echo/${nonce}`, undefined, {
      'x-patchbay-probe': nonce,
    });
    expect(echo).toMatchObject({ status: 404, body: { code: 'not_found' } });
    for (const idle of ['0', '301', 'x', '1.5']) {
      const reply = await api.request('POST', `/telephony/diagnostics?idle_seconds=${idle}`);
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });
});

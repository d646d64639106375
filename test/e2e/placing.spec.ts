import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { parseSettings } from '../../src/parse-settings.js';
import { placedCall } from '../../src/operations/docs/examples.js';
import { startService, type Service } from '../../src/service.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { claimedPort } from '../support/claimed-port.js';
import { Api, type CallJson } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  PUBLIC_ORIGIN,
  startGateway,
  THEIR_NUMBER,
  UNCLAIMED_NUMBER,
  type Gateway,
} from '../support/gateway.js';
import { until } from '../support/patience.js';
import { testLog, testLogLevel } from '../support/test-logs.js';

const userOf = (url: string, key = API_KEY) =>
  request.agent(url).set('Authorization', `Bearer ${key}`);
const CALLS = '/api/v1/telephony/calls';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Numbers that nothing else in this file calls. */
let lastNumber = 0;
const aNumber = (): string => `+1202555${String(1_000 + lastNumber++)}`;

it('a call that would wait for more than a minute is refused at once, and not saved', async () => {
  const gateway = await startGateway({ env: { TWILIO_CALLS_PER_SECOND: '0.1' } });
  let placing: Array<Promise<request.Response>> = [];
  try {
    const refused: request.Response[] = [];
    placing = Array.from({ length: 9 }, async () => {
      const reply = await userOf(gateway.url).post(CALLS).send({ workflow_id: 1, to: aNumber() });
      if (reply.status === 429) refused.push(reply);
      return reply;
    });
    // One now, and one every ten seconds of the minute.
    await until(() => refused.length === 2);
    for (const { body, headers } of refused) {
      expect(body).toMatchObject({ code: 'queue_full' });
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(20);
    }
    const { body } = await userOf(gateway.url).get(CALLS);
    expect(body.data).toHaveLength(7);
  } finally {
    await gateway.stop();
  }
  const placed = (await Promise.all(placing)).filter(({ status }) => status === 201);
  expect(placed).toHaveLength(7);
});

describe('a call that the carrier takes', () => {
  let gateway: Gateway;
  let api: Api;
  let user: ReturnType<typeof userOf>;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    user = userOf(gateway.url);
  });
  afterAll(() => gateway.stop());

  const place = (to: string, fields: Record<string, unknown> = {}) =>
    user.post(CALLS).send({ workflow_id: 1, to, ...fields });
  const dialled = (to: string) => gateway.carrier.calls.filter((call) => call.to === to);

  it('is answered 201 with the whole call, its CallSid included', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 60_000 });
    const reply = await place(to, { context: { order: 7 } });
    expect(reply.status).toBe(201);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    expect(reply.body).toEqual({
      ...placedCall,
      workflow_run_id: expect.any(Number),
      workflow_id: 1,
      workflow_version: 1,
      user_id: 1,
      direction: 'outbound',
      provider: 'twilio',
      account: 'twilio',
      simulated: false,
      from: OUR_NUMBER,
      to,
      provider_call_id: dialled(to)[0]?.sid,
      status: 'queued',
      streaming: false,
      created_at: expect.stringMatching(ISO),
      answered_at: null,
      ended_at: null,
      duration_seconds: null,
      end_reason: null,
      answered_by: null,
      sip_code: null,
      context: { order: 7 },
      facts: {},
    });
  });

  it('the carrier is asked for all four events, with overrides that make it ask again after a 503', async () => {
    const to = aNumber();
    const { body } = await place(to, { from: UNCLAIMED_NUMBER });
    const run = body as CallJson;
    const [call] = dialled(to);
    expect(call?.from).toBe(UNCLAIMED_NUMBER);
    const query = `workflow_id=1&user_id=1&workflow_run_id=${run.workflow_run_id}`;
    expect(call?.plan.answer).toEqual({
      kind: 'ask',
      as: 'voice',
      target: {
        url: `${PUBLIC_ORIGIN}/api/v1/telephony/twiml?${query}#rc=3&rp=5xx,ct,rt`,
        method: 'POST',
      },
    });
    expect(call?.plan.statusCallback).toEqual({
      url: `${PUBLIC_ORIGIN}/api/v1/telephony/status-callback/${run.workflow_run_id}#rc=3&rp=5xx,ct,rt`,
      method: 'POST',
      events: ['initiated', 'ringing', 'answered', 'completed'],
    });
    expect(call?.plan).toMatchObject({
      timeoutSeconds: 60,
      timeLimitSeconds: 3600,
      machineDetection: null,
    });
  });

  it('ringing time, longest duration and machine detection are handed on', async () => {
    const to = aNumber();
    await place(to, {
      ring_timeout_seconds: 17,
      max_duration_seconds: 90,
      machine_detection: 'detect_message_end',
    });
    expect(dialled(to)[0]?.plan).toMatchObject({
      timeoutSeconds: 17,
      timeLimitSeconds: 90,
      machineDetection: { async: true, callback: { method: 'POST' } },
    });
  });

  it('what machine detection finds is in the call', async () => {
    const to = aNumber();
    gateway.carrier.behave(to, { answeredBy: 'machine_end_beep', machineDetectionMs: 50 });
    const { body } = await place(to, { machine_detection: 'detect_message_end' });
    const call = await api.until(body.workflow_run_id, (one) => one.answered_by !== null);
    expect(call.answered_by).toBe('machine_end_beep');
    expect(call.events.map(({ type }) => type)).toContain('machine');
  });

  it.each([
    ['busy', { outcome: 'busy' }, { status: 'busy', end_reason: 'busy', sip_code: 486 }],
    [
      'nobody answers',
      { outcome: 'no-answer', ringMs: 50 },
      { status: 'no-answer', end_reason: 'no_answer', sip_code: 487 },
    ],
    [
      'it cannot be connected',
      { outcome: 'failed' },
      { status: 'failed', end_reason: 'failed', sip_code: 404 },
    ],
  ] as const)('%s: the call ends so, and was never answered', async (_what, behaviour, end) => {
    const to = aNumber();
    gateway.carrier.behave(to, behaviour);
    const { body } = await place(to);
    const call = await api.until(body.workflow_run_id, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ ...end, answered_at: null, duration_seconds: 0 });
  });

  it('a breach of protocol was not seen by the carrier in any of this', () => {
    expect(gateway.carrier.violations).toEqual([]);
  });
});

describe('a call that the carrier refuses, or may not have understood', () => {
  let gateway: Gateway;
  let api: Api;
  let user: ReturnType<typeof userOf>;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    user = userOf(gateway.url);
  });
  afterAll(() => gateway.stop());

  const place = (to: string) => user.post(CALLS).send({ workflow_id: 1, to });
  const dialled = (to: string) => gateway.carrier.calls.filter((call) => call.to === to);

  it('refused: 502 provider_rejected naming the run, which has failed and was not tried again', async () => {
    const to = aNumber();
    gateway.carrier.fault({
      to,
      reply: { status: 400, code: 21_215, message: `No permission to call ${to}` },
    });
    const reply = await place(to);
    expect(reply.status).toBe(502);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.body).toMatchObject({
      status: 502,
      code: 'provider_rejected',
      workflow_run_id: expect.any(Number),
    });
    expect(reply.body.detail).toContain('21215');
    const call = await api.call(reply.body.workflow_run_id as number);
    expect(call).toMatchObject({
      status: 'failed',
      end_reason: 'provider_rejected',
      provider_call_id: null,
      duration_seconds: 0,
    });
    expect(call.ended_at).not.toBeNull();
    expect(call.events).toMatchObject([
      { type: 'dial', detail: { account: 'twilio', result: 'rejected', code: '21215' } },
      { status: 'failed', source: 'api', detail: { provider_code: '21215' } },
    ]);
    expect(JSON.stringify(call.events)).not.toContain(to);
    expect(dialled(to)).toHaveLength(0);
  });

  it('wrong credentials are a refusal too', async () => {
    const to = aNumber();
    gateway.carrier.fault({ to, reply: { status: 401, code: 20_003, message: 'Authenticate' } });
    const reply = await place(to);
    expect([reply.status, reply.body.code]).toEqual([502, 'provider_rejected']);
  });

  it.each([
    ['the reply is lost', { reply: 'lost' }],
    ['a 500 comes although the call was made', { carriedOut: true, reply: { status: 500 } }],
    ['a 503 comes although the call was made', { carriedOut: true, reply: { status: 503 } }],
    ['a gateway answers with a page', { carriedOut: true, reply: { status: 502, body: '<html>' } }],
    ['the reply makes no sense', { carriedOut: true, reply: { status: 201, body: '{}' } }],
    ['the reply is no JSON', { carriedOut: true, reply: { status: 201, body: 'created' } }],
  ] as const)('%s: 201 submission-unknown, dialled once, found again', async (_what, fault) => {
    const to = aNumber();
    gateway.carrier.behave(to, { queuedMs: 300 });
    gateway.carrier.fault({ to, ...fault });
    const reply = await place(to);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: 'submission-unknown', provider_call_id: null });
    const call = await api.until(reply.body.workflow_run_id as number, (one) => one.streaming);
    expect(call.provider_call_id).toBe(dialled(to)[0]?.sid);
    expect(call.status).toBe('answered');
    expect(dialled(to)).toHaveLength(1);
  });

  it('a 500 and no call: submission-unknown, and not dialled a second time to make sure', async () => {
    const to = aNumber();
    gateway.carrier.fault({ to, reply: { status: 500 } });
    const reply = await place(to);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: 'submission-unknown', end_reason: null });
    await new Promise((next) => setTimeout(next, 500));
    expect(dialled(to)).toHaveLength(0);
  });

  it('429: nothing rings, so it is tried again', async () => {
    const to = aNumber();
    gateway.carrier.fault({ to, times: 2, reply: { status: 429 } });
    const reply = await place(to);
    expect(reply.status).toBe(201);
    expect(reply.body.provider_call_id).toBe(dialled(to)[0]?.sid);
    expect(dialled(to)).toHaveLength(1);
  });
});

describe('a carrier that is slow, down or counts calls per second', () => {
  let slow: Gateway;
  let down: Gateway;
  let paced: Gateway;
  const numbers = {
    late: aNumber(),
    overtaken: aNumber(),
    timedOut: aNumber(),
    refusedLate: aNumber(),
    throttled: aNumber(),
  };
  const place = (gateway: Gateway, to: string) =>
    userOf(gateway.url)
      .post(CALLS)
      .send({ workflow_id: 1, to })
      .then((reply) => reply);
  let replies: Record<keyof typeof numbers | 'down', ReturnType<typeof place>>;
  const dialled = (to: string) => slow.carrier.calls.filter((call) => call.to === to);

  beforeAll(async () => {
    const nowhere = `http://127.0.0.1:${await claimedPort()}`;
    [slow, down, paced] = await Promise.all([
      startGateway(),
      startGateway({ env: { TWILIO_API_BASE_URL: nowhere } }),
      startGateway({ env: { TWILIO_CALLS_PER_SECOND: '1' } }),
    ]);
    slow.carrier.behave(numbers.late, { queuedMs: 60_000 });
    slow.carrier.fault({ to: numbers.late, delayMs: 5_500 });
    slow.carrier.fault({ to: numbers.overtaken, delayMs: 5_500 });
    slow.carrier.behave(numbers.timedOut, { queuedMs: 11_000 });
    slow.carrier.fault({ to: numbers.timedOut, delayMs: 11_500 });
    slow.carrier.fault({ to: numbers.refusedLate, delayMs: 5_500, reply: { status: 403 } });
    slow.carrier.fault({ to: numbers.throttled, times: 9, reply: { status: 429 } });
    // All under way at once; each test waits for its own.
    replies = {
      late: place(slow, numbers.late),
      overtaken: place(slow, numbers.overtaken),
      timedOut: place(slow, numbers.timedOut),
      refusedLate: place(slow, numbers.refusedLate),
      throttled: place(slow, numbers.throttled),
      down: place(down, THEIR_NUMBER),
    };
  });
  afterAll(() => Promise.all([slow.stop(), down.stop(), paced.stop()]));

  it('one dial a second: further calls wait in our queue, in order, and read queued', async () => {
    const to = [aNumber(), aNumber(), aNumber()];
    const waiting = to.map((number) => place(paced, number));
    const api = new Api(paced);
    const last = await paced.carrier.waitForCall().then(() => api.until(3, ({ to: at }) => !!at));
    expect(last).toMatchObject({ status: 'queued', provider_call_id: null, events: [] });
    const placed = await Promise.all(waiting);
    expect(placed.map(({ status }) => status)).toEqual([201, 201, 201]);
    const inOrder = placed.map(({ body }) => body as CallJson);
    inOrder.sort((a, b) => a.workflow_run_id - b.workflow_run_id);
    expect(paced.carrier.calls.map((call) => call.to)).toEqual(inOrder.map((run) => run.to));
    const times = paced.carrier.calls.map((call) => call.createdAt.getTime());
    // Two seconds by our clock; on a busy machine a request may reach the carrier late.
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_400);
  });

  /** The tries fill most of the 5 s that a POST waits: on a busy machine the failure may show only later. */
  async function expectUnavailable(gateway: Gateway, reply: Awaited<ReturnType<typeof place>>) {
    if (reply.status === 201) expect(reply.body).toMatchObject({ status: 'queued' });
    else expect([reply.status, reply.body.code]).toEqual([502, 'provider_unavailable']);
    const call = await new Api(gateway).until(
      reply.body.workflow_run_id as number,
      (one) => one.ended_at !== null,
    );
    expect(call).toMatchObject({ status: 'failed', end_reason: 'failed', provider_call_id: null });
  }

  it('down: tried a few times, then 502 provider_unavailable naming the run, which has failed', async () => {
    await expectUnavailable(down, await replies.down);
  });

  it('too many requests, again and again: 502 provider_unavailable, never dialled', async () => {
    await expectUnavailable(slow, await replies.throttled);
    expect(dialled(numbers.throttled)).toHaveLength(0);
  });

  it('no reply for 5 s: 201 queued; the CallSid shows when it comes', async () => {
    const reply = await replies.late;
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: 'queued', provider_call_id: null });
    const call = await new Api(slow).until(
      reply.body.workflow_run_id as number,
      (one) => one.provider_call_id !== null,
    );
    expect(call.provider_call_id).toBe(dialled(numbers.late)[0]?.sid);
    expect(dialled(numbers.late)).toHaveLength(1);
  });

  it('a callback that overtakes the reply: the 201 knows CallSid and status from it', async () => {
    const reply = await replies.overtaken;
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      status: 'answered',
      provider_call_id: dialled(numbers.overtaken)[0]?.sid,
    });
  });

  it('a refusal after more than 5 s shows as failed', async () => {
    const reply = await replies.refusedLate;
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: 'queued' });
    const call = await new Api(slow).until(
      reply.body.workflow_run_id as number,
      (one) => one.ended_at !== null,
    );
    expect(call).toMatchObject({ status: 'failed', end_reason: 'provider_rejected' });
  });

  it('no reply in 10 s: submission-unknown, dialled once, and known again by its first callback', async () => {
    const reply = await replies.timedOut;
    expect(reply.body).toMatchObject({ status: 'queued' });
    const api = new Api(slow);
    const runId = reply.body.workflow_run_id as number;
    const lost = await api.until(runId, (one) => one.status !== 'queued');
    expect(lost).toMatchObject({ status: 'submission-unknown', provider_call_id: null });
    const found = await api.until(runId, (one) => one.provider_call_id !== null);
    expect(found.provider_call_id).toBe(dialled(numbers.timedOut)[0]?.sid);
    expect(dialled(numbers.timedOut)).toHaveLength(1);
  });
});

describe('a service that cannot place calls', () => {
  const started: Service[] = [];
  const carriers: SimulatedCarrier[] = [];
  const directories: string[] = [];

  afterAll(async () => {
    for (const service of started) await service.stop();
    for (const carrier of carriers) await carrier.stop();
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  async function start(env: Record<string, string>): Promise<Service> {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
    directories.push(directory);
    const service = await startService(
      parseSettings({
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: directory,
        API_KEY,
        LOG_LEVEL: testLogLevel(),
        SIMULATED_CARRIER: 'off',
        ...env,
      }),
      { log: testLog() },
    );
    started.push(service);
    return service;
  }

  it('no public address known: 503 no_public_url with the fix; nothing is saved or dialled', async () => {
    const carrier = await SimulatedCarrier.start({ numbers: [OUR_NUMBER] });
    carriers.push(carrier);
    const { localOrigin } = await start({
      TWILIO_ACCOUNT_SID: carrier.accountSid,
      TWILIO_AUTH_TOKEN: carrier.authToken,
      TWILIO_FROM_NUMBERS: OUR_NUMBER,
      TWILIO_API_BASE_URL: carrier.baseUrl,
      TUNNEL_METRICS_URL: `http://127.0.0.1:${await claimedPort()}`,
    });
    const user = userOf(localOrigin);
    const reply = await user.post(CALLS).send({ workflow_id: 1, to: THEIR_NUMBER });
    expect(reply.status).toBe(503);
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(reply.body).toMatchObject({ code: 'no_public_url' });
    expect(reply.body.detail).toContain('PUBLIC_URL');
    expect(reply.body.detail).toContain('cloudflared');
    expect((await user.get(CALLS)).body.data).toEqual([]);
    expect(carrier.calls).toEqual([]);
  });

  it('no carrier configured: 503 provider_not_configured naming the variables', async () => {
    const { localOrigin } = await start({ PUBLIC_URL: PUBLIC_ORIGIN });
    for (const provider of [undefined, 'twilio']) {
      const reply = await userOf(localOrigin)
        .post(CALLS)
        .send({ workflow_id: 1, to: THEIR_NUMBER, provider });
      expect([reply.status, reply.body.code]).toEqual([503, 'provider_not_configured']);
      expect(reply.body.detail).toContain('TWILIO_ACCOUNT_SID');
    }
  });
});

describe('limits of calls in progress', () => {
  it('one more than MAX_CONCURRENT_CALLS is 429 concurrency_limit with Retry-After, until one ends', async () => {
    const gateway = await startGateway({ env: { MAX_CONCURRENT_CALLS: '2' } });
    try {
      const user = userOf(gateway.url);
      const place = () => user.post(CALLS).send({ workflow_id: 1, to: THEIR_NUMBER });
      const replies = await Promise.all([place(), place(), place(), place(), place()]);
      expect(replies.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        201, 201, 429, 429, 429,
      ]);
      const refused = replies.find(({ status }) => status === 429);
      expect(refused?.body).toMatchObject({ code: 'concurrency_limit' });
      expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
      expect(gateway.carrier.calls).toHaveLength(2);
      gateway.carrier.calls[0]?.hangUp();
      await gateway.carrier.calls[0]?.settled;
      expect((await place()).status).toBe(201);
      // Not even the refused ones left a record.
      expect((await user.get(CALLS)).body.data).toHaveLength(3);
    } finally {
      await gateway.stop();
    }
  });

  it('one more than MAX_CONCURRENT_CALLS_PER_USER is refused to that user alone', async () => {
    const gateway = await startGateway({ env: { MAX_CONCURRENT_CALLS_PER_USER: '1' } });
    try {
      const admin = userOf(gateway.url);
      const { body: other } = await admin.post('/api/v1/users').send({ name: 'Other' });
      const { body: issued } = await admin.post(`/api/v1/users/${other.user_id}/keys`).send({});
      const user = userOf(gateway.url, issued.key as string);
      const { body: workflow } = await user
        .post('/api/v1/workflows')
        .send({ name: 'W', agent: 'echo' });
      const call = { workflow_id: workflow.workflow_id as number, to: THEIR_NUMBER };
      expect((await user.post(CALLS).send(call)).status).toBe(201);
      const refused = await user.post(CALLS).send(call);
      expect([refused.status, refused.body.code]).toEqual([429, 'concurrency_limit']);
      const own = await admin.post(CALLS).send({ workflow_id: 1, to: THEIR_NUMBER });
      expect(own.status).toBe(201);
    } finally {
      await gateway.stop();
    }
  });
});

describe('places of several users', () => {
  it('nobody has the last quarter of them, and who is refused is told whose limit it is', async () => {
    const gateway = await startGateway({ env: { MAX_CONCURRENT_CALLS: '4' } });
    try {
      const admin = userOf(gateway.url);
      const { body: other } = await admin.post('/api/v1/users').send({ name: 'Other' });
      const { body: issued } = await admin.post(`/api/v1/users/${other.user_id}/keys`).send({});
      const user = userOf(gateway.url, issued.key as string);
      const { body: workflow } = await user
        .post('/api/v1/workflows')
        .send({ name: 'W', agent: 'echo' });
      const place = () => admin.post(CALLS).send({ workflow_id: 1, to: THEIR_NUMBER });
      const theirs = () =>
        user.post(CALLS).send({ workflow_id: workflow.workflow_id as number, to: THEIR_NUMBER });
      const flood = await Promise.all(Array.from({ length: 6 }, place));
      expect(flood.filter(({ status }) => status === 201)).toHaveLength(3);
      const refused = flood.find(({ status }) => status === 429);
      expect(refused?.body).toMatchObject({
        code: 'concurrency_limit',
        detail: expect.stringContaining('You have 3 calls in progress'),
      });
      expect((await theirs()).status).toBe(201);
      const full = await theirs();
      expect(full.body).toMatchObject({
        code: 'concurrency_limit',
        detail: expect.stringContaining('4 calls are in progress, as many as this service takes'),
      });
    } finally {
      await gateway.stop();
    }
  });
});

describe('an instance on its way out', () => {
  it('takes no new call: 503 draining with Retry-After; the one in progress may finish and be ended', async () => {
    const gateway = await startGateway({ env: { DRAIN_TIMEOUT_SECONDS: '20' } });
    const api = new Api(gateway);
    const placed = await api.place({ to: THEIR_NUMBER });
    await api.until(placed.workflow_run_id, (one) => one.streaming);
    const stopping = gateway.service.stop();
    const refused = await userOf(gateway.url)
      .post(CALLS)
      .send({ workflow_id: 1, to: THEIR_NUMBER });
    expect([refused.status, refused.body.code]).toEqual([503, 'draining']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(gateway.carrier.calls).toHaveLength(1);
    expect((await api.call(placed.workflow_run_id)).streaming).toBe(true);
    const ended = await api.request('POST', `/telephony/calls/${placed.workflow_run_id}/hangup`);
    expect(ended.status).toBe(200);
    await stopping;
    expect(gateway.carrier.calls[0]?.status).toBe('completed');
    await gateway.stop();
  });
});

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api, type ProblemJson } from '../support/api.js';
import { AriDouble, ARI_PASSWORD, ARI_USER } from '../support/ari-double.js';
import { PUBLIC_ORIGIN, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { CarrierRequests } from '../support/signed-request.js';
import { keepSecrets } from '../support/test-logs.js';

const UK = '+442079460000';
const US = '+12025550177';
const ACCOUNTS = '/carrier-accounts';
const DIGITS = `PJSIP/${THEIR_NUMBER.slice(1)}`;

interface AccountJson {
  key: string;
  source: string;
  state: string;
  enabled: boolean;
  secrets_set: string[];
  problem: { reason: string; fix: string } | null;
}

describe('two Twilio accounts in the store, beside that of the environment', () => {
  let gateway: Gateway;
  let api: Api;
  let uk: SimulatedCarrier;
  let us: SimulatedCarrier;

  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
    const carrier = (number: string) =>
      SimulatedCarrier.start({
        numbers: [number],
        originMap: { [PUBLIC_ORIGIN]: gateway.url },
      });
    [uk, us] = await Promise.all([carrier(UK), carrier(US)]);
    keepSecrets(uk.authToken, us.authToken, UK.slice(1), US.slice(1));
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([uk.stop(), us.stop()]);
  });

  const bodyOf = (key: string, carrier: SimulatedCarrier, number: string) => ({
    key,
    provider: 'twilio',
    settings: {
      account_sid: carrier.accountSid,
      from_numbers: [number],
      api_base_url: carrier.baseUrl,
    },
    secrets: { auth_token: carrier.authToken },
    calls_per_second: 100,
  });
  const account = async (key: string) =>
    (await api.request<AccountJson>('GET', `${ACCOUNTS}/${key}`)).body;
  const change = (key: string, body: object) =>
    api.request<AccountJson & ProblemJson>('PATCH', `${ACCOUNTS}/${key}`, body);
  const place = (body: object) =>
    api.request<ProblemJson & { workflow_run_id: number }>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: THEIR_NUMBER,
      ...body,
    });
  const claim = (number: string, key: string) =>
    api.request<{ carrier: { configured: boolean } }>('POST', '/phone-numbers', {
      number,
      account: key,
      workflow_id: 1,
    });
  const calledIn = async (carrier: SimulatedCarrier, number: string) => {
    const call = carrier.callIn({ from: THEIR_NUMBER, to: number });
    return call;
  };
  /** What a request to an account's answer path gets, signed with a token. */
  const asked = async (key: string, carrier: SimulatedCarrier, token: string) => {
    const requests = new CarrierRequests({ url: gateway.url, carrier });
    const { status } = await requests.send({
      target: `/api/v1/telephony/accounts/${key}/answer`,
      fields: [
        ['CallSid', `CA${randomBytes(16).toString('hex')}`],
        ['AccountSid', carrier.accountSid],
        ['CallStatus', 'ringing'],
        ['Direction', 'inbound'],
        ['From', THEIR_NUMBER],
        ['To', '+12025550111'],
      ],
      token,
    });
    return status;
  };

  it('are made while the service runs, and their secrets are never shown', async () => {
    for (const [key, carrier, number] of [
      ['twilio-uk', uk, UK],
      ['twilio-us', us, US],
    ] as const) {
      const made = await api.request<AccountJson>('POST', ACCOUNTS, bodyOf(key, carrier, number));
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        key,
        source: 'store',
        state: 'ready',
        secrets_set: ['auth_token'],
        problem: null,
      });
      expect(JSON.stringify(made.body)).not.toContain(carrier.authToken);
    }
    const list = await api.request<{ data: AccountJson[] }>('GET', ACCOUNTS);
    expect(list.body.data.map(({ key, source }) => [key, source])).toEqual([
      ['twilio', 'environment'],
      ['twilio-uk', 'store'],
      ['twilio-us', 'store'],
    ]);
    for (const token of [uk.authToken, us.authToken, gateway.carrier.authToken]) {
      expect(JSON.stringify(list.body)).not.toContain(token);
    }
  });

  it('are refused where a field is wrong, by its name, and nothing is saved', async () => {
    const good = bodyOf('another', uk, UK);
    const other = `AC${'0f'.repeat(16)}`;
    const mine = { ...good, settings: { ...good.settings, account_sid: other } };
    const cases: Array<[object, number, string]> = [
      [{ ...mine, key: 'Not A Key' }, 400, 'key'],
      [{ ...mine, key: 'asterisk' }, 400, 'key'],
      [{ ...mine, provider: 'nobody' }, 400, 'provider'],
      [{ ...mine, secrets: {} }, 400, 'secrets.auth_token'],
      [{ ...mine, secrets: { auth_token: 7 } }, 400, 'secrets.auth_token'],
      [{ ...mine, settings: { ...mine.settings, more: 1 } }, 400, 'settings.more'],
      [{ ...mine, calls_per_second: 0 }, 400, 'calls_per_second'],
      [{ ...mine, max_concurrent_calls: 0 }, 400, 'max_concurrent_calls'],
      [{ ...mine, enabled: 'yes' }, 400, 'enabled'],
      [{ ...mine, token: 'x' }, 400, 'token'],
      [{ ...mine, key: 'twilio-uk' }, 409, ''],
      // The account at the carrier is there already, under another key.
      [good, 409, ''],
    ];
    for (const [body, status, field] of cases) {
      const reply = await api.request<ProblemJson>('POST', ACCOUNTS, body);
      expect([reply.status, reply.body.errors?.[0]?.field ?? '']).toEqual([status, field]);
    }
    const list = await api.request<{ data: AccountJson[] }>('GET', ACCOUNTS);
    expect(list.body.data).toHaveLength(3);
  });

  it('have calls placed through each, by its key or by its number', async () => {
    const byKey = await place({ account: 'twilio-uk' });
    const byNumber = await place({ from: US });
    const byNone = await place({});
    for (const [{ status, body }, key, carrier] of [
      [byKey, 'twilio-uk', uk],
      [byNumber, 'twilio-us', us],
      [byNone, 'twilio', gateway.carrier],
    ] as const) {
      expect(status).toBe(201);
      const call = await api.until(body.workflow_run_id, (one) => one.streaming);
      expect(call).toMatchObject({ account: key, provider: 'twilio' });
      expect(carrier.calls.at(-1)?.sid).toBe(call.provider_call_id);
      await api.request('POST', `/telephony/calls/${body.workflow_run_id}/hangup`);
      await api.until(body.workflow_run_id, (one) => one.status === 'completed');
    }
    expect(uk.violations).toEqual([]);
    expect(us.violations).toEqual([]);
  });

  it('take calls to a number that is claimed for one of them', async () => {
    expect((await claim(UK, 'twilio-uk')).body.carrier.configured).toBe(true);
    const call = await calledIn(uk, UK);
    await call.streamStarted;
    call.hangUp();
    await call.settled;
    const { body } = await api.request<{ data: object[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.sid}`,
    );
    expect(body.data).toMatchObject([{ account: 'twilio-uk', direction: 'inbound', to: UK }]);
    const numbers = await api.request('GET', `${ACCOUNTS}/twilio-uk/numbers`);
    expect(numbers.body).toEqual({
      data: [{ number: UK, owned: true, may_call: true, workflow_id: 1 }],
    });
    expect(uk.violations).toEqual([]);
  });

  it('are verified each with its own token alone', async () => {
    expect(await asked('twilio-uk', uk, uk.authToken)).toBe(200);
    expect(await asked('twilio-uk', uk, us.authToken)).toBe(403);
    expect(await asked('twilio-uk', uk, gateway.carrier.authToken)).toBe(403);
    expect(await asked('twilio-us', us, us.authToken)).toBe(200);
    expect(await asked('twilio-us', us, uk.authToken)).toBe(403);
    expect(await asked('nobody', uk, uk.authToken)).toBe(404);
  });

  it('say in words what works', async () => {
    const test = () =>
      api.request<{ works: boolean; findings: Array<{ name: string; result: string }> }>(
        'POST',
        `${ACCOUNTS}/twilio-us/test`,
      );
    const results = async () => {
      const { body } = await test();
      return [body.works, ...body.findings.map(({ name, result }) => `${name} ${result}`)];
    };
    expect(await results()).toEqual([
      true,
      'credentials works',
      'numbers works',
      'public-address works',
    ]);
    await change('twilio-us', { secrets: { auth_token: 'not-the-token' } });
    expect(await results()).toEqual([false, 'credentials fails', 'public-address works']);
    await change('twilio-us', { secrets: { auth_token: us.authToken } });
    const settings = bodyOf('', us, US).settings;
    await change('twilio-us', { settings: { ...settings, from_numbers: [US, '+12025550178'] } });
    expect(await results()).toContain('numbers limited');
    await change('twilio-us', { settings });
    expect(await results()).toContain('numbers works');
  });

  it('keep what belongs to a key: another account at the carrier is another account', async () => {
    const settings = { ...bodyOf('', us, US).settings, account_sid: `AC${'0e'.repeat(16)}` };
    expect((await change('twilio-us', { settings })).status).toBe(409);
    expect((await change('twilio', { enabled: false })).status).toBe(409);
    expect((await change('nobody', { enabled: false })).status).toBe(404);
    expect((await change('twilio-us', { provider: 'asterisk' })).status).toBe(400);
    expect((await api.request('DELETE', `${ACCOUNTS}/twilio`)).status).toBe(409);
    expect((await api.request('GET', `${ACCOUNTS}/%00`)).status).toBe(404);
  });

  it('go on with their calls when they are disabled, and take no new ones', async () => {
    const live = (await place({ account: 'twilio-uk' })).body.workflow_run_id;
    await api.until(live, (call) => call.streaming);
    expect((await change('twilio-uk', { enabled: false })).body.state).toBe('disabled');
    for (const body of [{ account: 'twilio-uk' }, { from: UK }]) {
      const refused = await place(body);
      expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    }
    const { body: workflow } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Routed',
      agent: 'echo',
      routes: [{ account: 'twilio-uk' }, { account: 'twilio-us' }],
    });
    const routed = (await place({ workflow_id: workflow.workflow_id })).body.workflow_run_id;
    expect(await api.until(routed, (one) => one.streaming)).toMatchObject({ account: 'twilio-us' });
    await api.request('POST', `/telephony/calls/${routed}/hangup`);
    await api.until(routed, (one) => one.ended_at !== null);
    const call = await calledIn(uk, UK);
    await call.settled;
    expect(call.answeredAt).toBeNull();
    expect(call.webhooks[0]?.body).toContain('<Reject');
    expect((await api.call(live)).streaming).toBe(true);
    await api.request('POST', `/telephony/calls/${live}/hangup`);
    const ended = await api.until(live, (one) => one.ended_at !== null);
    // The carrier's callbacks were verified all the time.
    expect(ended).toMatchObject({ status: 'completed', end_reason: 'api_hangup' });
    expect(ended.events.some(({ source }) => source === 'status-callback')).toBe(true);
    await change('twilio-uk', { enabled: true });
    const again = (await place({ account: 'twilio-uk' })).body.workflow_run_id;
    await api.until(again, (one) => one.streaming);
    await api.request('POST', `/telephony/calls/${again}/hangup`);
    await api.until(again, (one) => one.ended_at !== null);
  });

  it('have as many calls at a time as each may', async () => {
    await change('twilio-uk', { max_concurrent_calls: 1 });
    const one = (await place({ account: 'twilio-uk' })).body.workflow_run_id;
    const two = await place({ account: 'twilio-uk' });
    expect([two.status, two.body.code]).toEqual([429, 'concurrency_limit']);
    const busy = await calledIn(uk, UK);
    await busy.settled;
    expect(busy.webhooks[0]?.body).toContain('<Reject reason="busy"');
    expect((await place({ account: 'twilio-us' })).status).toBe(201);
    const routes = [{ account: 'twilio-uk' }, { account: 'twilio-us' }];
    const routed = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'By routes',
      agent: 'echo',
      routes,
    });
    const along = await place({ workflow_id: routed.body.workflow_id });
    const passedOn = await api.until(along.body.workflow_run_id, (call) => call.streaming);
    expect(passedOn.account).toBe('twilio-us');
    expect(passedOn.events[0]).toMatchObject({
      type: 'dial',
      detail: { account: 'twilio-uk', result: 'full' },
    });
    await change('twilio-us', { max_concurrent_calls: 1 });
    const nowhere = await place({ workflow_id: routed.body.workflow_id });
    expect([nowhere.status, nowhere.body.code]).toEqual([429, 'concurrency_limit']);
    expect(nowhere.body.detail).toMatch(/"twilio-uk".*other accounts.*full/);
    await change('twilio-us', { max_concurrent_calls: null });
    await api.request('PATCH', `/workflows/${routed.body.workflow_id}`, { routes: [] });
    await api.request('POST', `/telephony/calls/${along.body.workflow_run_id}/hangup`);
    await api.until(along.body.workflow_run_id, (call) => call.ended_at !== null);
    await api.request('POST', `/telephony/calls/${one}/hangup`);
    await api.until(one, (call) => call.ended_at !== null);
    await change('twilio-uk', { max_concurrent_calls: null });
    expect((await place({ account: 'twilio-uk' })).status).toBe(201);
  });

  it('exist for user 1 alone, and every change is in the audit log without secrets', async () => {
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const path = `/users/${user.body.user_id}/keys`;
    const { key } = (await api.request<{ key: string }>('POST', path, {})).body;
    const other = new Api(gateway, key);
    for (const [method, route, body] of [
      ['GET', ''],
      ['POST', '', bodyOf('theirs', uk, UK)],
      ['GET', '/twilio-uk'],
      ['PATCH', '/twilio-uk', { enabled: false }],
      ['DELETE', '/twilio-uk'],
      ['POST', '/twilio-uk/test'],
      ['GET', '/twilio-uk/numbers'],
    ] as const) {
      const reply = await other.request(method, `${ACCOUNTS}${route}`, body);
      expect([method, route, reply.status]).toEqual([method, route, 404]);
    }
    const carriers = await other.request<{ data: Array<{ provider: string }> }>('GET', '/carriers');
    expect(carriers.body.data.map(({ provider }) => provider)).toEqual([
      'twilio',
      'asterisk',
      'signalwire',
      'plivo',
      'vobiz',
      'telnyx',
      'telnyx-texml',
      'exotel',
      'cloudonix',
      'vonage',
    ]);
    expect((await account('twilio-uk')).enabled).toBe(true);
    const { body } = await api.request<{ data: Array<{ action: string; subject: object }> }>(
      'GET',
      '/audit-log?limit=100',
    );
    const about = body.data.filter(({ action }) => action.includes('carrier-accounts'));
    expect(about.at(-1)).toMatchObject({
      action: 'POST /api/v1/carrier-accounts',
      subject: { account: 'twilio-uk', provider: 'twilio' },
    });
    expect(about).toContainEqual(
      expect.objectContaining({
        action: 'PATCH /api/v1/carrier-accounts/:key',
        subject: { account: 'twilio-us', changed: 'secrets' },
      }),
    );
    for (const token of [uk.authToken, us.authToken, 'not-the-token']) {
      expect(JSON.stringify(body)).not.toContain(token);
    }
  });

  it('are deleted when no number, no call and no route uses them', async () => {
    const remove = () => api.request('DELETE', `${ACCOUNTS}/twilio-uk`);
    expect((await remove()).status).toBe(409);
    await api.request('DELETE', `/phone-numbers/${encodeURIComponent(UK)}?account=twilio-uk`);
    // The call of the last but one test goes on.
    expect((await remove()).status).toBe(409);
    const calls = await api.request<{
      data: Array<{ workflow_run_id: number; account: string; ended_at: string | null }>;
    }>('GET', '/telephony/calls?limit=100');
    const live = calls.body.data.filter((one) => one.account === 'twilio-uk' && !one.ended_at);
    expect(live).toHaveLength(1);
    for (const { workflow_run_id: runId } of live) {
      await api.request('POST', `/telephony/calls/${runId}/hangup`);
      await api.until(runId, (call) => call.ended_at !== null);
    }
    // A workflow of an earlier test has a route through it.
    const { body: all } = await api.request<{
      data: Array<{ workflow_id: number; routes: Array<{ account: string }> }>;
    }>('GET', '/workflows');
    const routed = all.data.filter(({ routes }) =>
      routes.some((one) => one.account === 'twilio-uk'),
    );
    expect(routed).toHaveLength(1);
    const refused = await api.request<{ detail: string }>('DELETE', `${ACCOUNTS}/twilio-uk`);
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.body.detail).toContain(`this account: ${routed[0]?.workflow_id}.`);
    await api.request('PATCH', `/workflows/${routed[0]?.workflow_id}`, { routes: [] });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect(await asked('twilio-uk', uk, uk.authToken)).toBe(404);
    expect((await place({ account: 'twilio-uk' })).status).toBe(400);
  });

  it('open a connection with an Asterisk, and close it with its account', async () => {
    const pbx = await AriDouble.start();
    const dialled = () => pbx.asked.filter(({ uri }) => /^channels\/.*/.test(uri));
    try {
      const settings = { ari_url: pbx.url, username: ARI_USER, from_numbers: ['+12025550166'] };
      const made = await api.request('POST', ACCOUNTS, {
        key: 'pbx',
        provider: 'asterisk',
        settings,
        secrets: { password: ARI_PASSWORD },
      });
      expect(made.status).toBe(201);
      await until(() => pbx.open === 1, 'it is connected');
      const run = (await place({ account: 'pbx' })).body.workflow_run_id;
      await until(() => dialled().length === 1, 'the call is dialled there');
      // What is not its settings changes nothing about the connection.
      await change('pbx', { name: 'Office', enabled: false });
      expect([pbx.open, pbx.connections]).toEqual([1, 1]);
      await api.request('POST', `/telephony/calls/${run}/hangup`);
      await api.until(run, (call) => call.ended_at !== null);
      await change('pbx', { settings: { ...settings, dial: 'PJSIP/{digits}' }, enabled: true });
      await until(() => pbx.open === 1 && pbx.connections === 2, 'it is connected anew');
      const other = (await place({ account: 'pbx' })).body.workflow_run_id;
      await until(
        () => dialled().some(({ query }) => query['endpoint'] === DIGITS),
        'as it is now',
      );
      await api.request('POST', `/telephony/calls/${other}/hangup`);
      await api.until(other, (call) => call.ended_at !== null);
      expect((await api.request('DELETE', `${ACCOUNTS}/pbx`)).status).toBe(204);
      await until(() => pbx.open === 0, 'the connection is closed');
    } finally {
      await pbx.stop();
    }
  });

  it('are disabled where the key that encrypted them is another, and nothing else is', async () => {
    const file = join(gateway.dataDir, 'credentials-key');
    const right = readFileSync(file, 'utf8');
    await gateway.service.stop();
    for (const name of ['patchbay.db', 'patchbay.db-wal']) {
      const bytes = readOr(join(gateway.dataDir, name));
      expect([name, bytes.includes(us.authToken)]).toEqual([name, false]);
    }
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`);
    await gateway.startAgain();
    expect(await account('twilio-us')).toMatchObject({ state: 'unusable', secrets_set: [] });
    expect(await asked('twilio-us', us, us.authToken)).toBe(503);
    expect(await asked('nobody', us, us.authToken)).toBe(404);
    const refused = await place({ account: 'twilio-us' });
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    const byOther = (await place({})).body.workflow_run_id;
    await api.until(byOther, (call) => call.streaming);
    await api.request('POST', `/telephony/calls/${byOther}/hangup`);
    await api.until(byOther, (call) => call.ended_at !== null);
    const doctor = await api.request<{ checks: Array<{ name: string; status: string }> }>(
      'GET',
      '/telephony/diagnostics',
    );
    expect(doctor.body.checks.find(({ name }) => name === 'carrier-accounts')).toMatchObject({
      status: 'down',
      seen: expect.stringContaining('twilio-us'),
      fix: expect.stringContaining('CREDENTIALS_KEY'),
    });
    expect((await api.request('POST', `${ACCOUNTS}/twilio-us/test`)).status).toBe(409);
    // It is used again when its secrets are entered anew, and with the right key they are read.
    const settings = bodyOf('', us, US).settings;
    expect((await change('twilio-us', { settings })).status).toBe(409);
    const entered = await change('twilio-us', { secrets: { auth_token: us.authToken } });
    expect(entered.body).toMatchObject({ state: 'ready', secrets_set: ['auth_token'] });
    expect(await asked('twilio-us', us, us.authToken)).toBe(200);
    await gateway.service.stop();
    writeFileSync(file, right);
    await gateway.startAgain();
    expect((await account('twilio-us')).state).toBe('unusable');
    await change('twilio-us', { secrets: { auth_token: us.authToken } });
    expect((await account('twilio-us')).state).toBe('ready');
  });
});

function readOr(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiDescription } from '../support/api-description.js';
import { Api } from '../support/api.js';
import {
  API_KEY,
  OUR_NUMBER,
  startGateway,
  THEIR_NUMBER,
  type Gateway,
} from '../support/gateway.js';

const V1 = '/api/v1';

describe('the descriptions of the interfaces', () => {
  const description = new ApiDescription();
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    gateway = await startGateway({ env: { PUBLIC_URL: 'https://gw.example.com/pbx' } });
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  const get = (path: string) => fetch(`${gateway.url}${path}`, { redirect: 'manual' });

  it('are open, and the page takes nothing from elsewhere', async () => {
    const page = await get('/docs');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    const html = await page.text();
    expect(html).not.toMatch(/<script>|https?:/);
    const references = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path);
    expect(references.length).toBeGreaterThanOrEqual(5);
    for (const prefix of ['', '/pbx']) {
      for (const path of references) {
        const { pathname } = new URL(path ?? '', `${gateway.url}${prefix}/docs`);
        const reply = await get(pathname);
        expect([pathname, reply.status]).toEqual([pathname, 200]);
        await reply.arrayBuffer();
      }
    }
  });

  it('with a slash lead to the page, under any prefix', async () => {
    const reply = await get('/pbx/docs/');
    expect(reply.status).toBe(308);
    const target = new URL(reply.headers.get('location') ?? '', `${gateway.url}/pbx/docs/`);
    expect(target.pathname).toBe('/pbx/docs');
  });

  it('serve what they are made of and nothing else', async () => {
    for (const path of ['/docs/assets/nothing.js', '/docs/assets/..%2f..%2fpackage.json']) {
      expect((await get(path)).status).toBe(404);
    }
    const openapi = await (await get('/docs/openapi.json')).json();
    expect(openapi).toMatchObject({ openapi: '3.1.0', info: { title: 'Patchbay' } });
    expect(await (await get('/docs/asyncapi.yaml')).text()).toMatch(/^asyncapi: 3\.0\.0$/m);
  });

  /** Asks as described, and holds the reply against the description. */
  async function ask(
    method: string,
    template: string,
    ids: Record<string, string | number> = {},
    body?: unknown,
    key = API_KEY,
  ): Promise<Record<string, never>> {
    const [path = ''] = template.split('?', 1);
    const target = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String(ids[name])),
    );
    const response = await fetch(`${gateway.url}${target}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const copy = response.clone();
    const problems = await description.problemsOfReply(method, path, response);
    expect([method, template, response.status, problems]).toEqual([
      method,
      template,
      response.status,
      null,
    ]);
    return response.status === 204 ? {} : ((await copy.json()) as Record<string, never>);
  }

  it('describe what calls really answer', async () => {
    const placed = await ask(
      'POST',
      `${V1}/telephony/calls`,
      {},
      { workflow_id: 1, to: THEIR_NUMBER },
    );
    const ids = { workflow_run_id: placed['workflow_run_id'] ?? 0 };
    await api.until(ids.workflow_run_id, (call) => call.streaming);
    await ask('GET', '/console/api/live');
    await ask('GET', '/console/api/outcomes?end_reason=failed,agent_failed&hours=24');
    await ask('GET', '/console/api/outcomes?end_reason=tired');
    await ask('GET', `${V1}/telephony/calls/{workflow_run_id}`, ids);
    await ask('DELETE', `${V1}/telephony/calls/{workflow_run_id}`, ids);
    await ask('POST', `${V1}/telephony/calls/{workflow_run_id}/transfer`, ids, { to: 'x' });
    const transfer = { to: '+12025550177', announce: 'A caller.', timeout_seconds: 10 };
    await ask('POST', `${V1}/telephony/calls/{workflow_run_id}/transfer`, ids, transfer);
    await ask('POST', `${V1}/telephony/calls/{workflow_run_id}/transfer`, ids, transfer);
    await ask('POST', `${V1}/telephony/calls/{workflow_run_id}/hangup`, ids);
    await api.until(ids.workflow_run_id, (call) => call.ended_at !== null);
    await ask('GET', `${V1}/telephony/calls/{workflow_run_id}`, ids);
    await ask('GET', `${V1}/telephony/calls?limit=1&direction=outbound`);
    await ask('GET', `${V1}/telephony/calls?limit=0`);
    await ask('GET', `${V1}/telephony/calls/{workflow_run_id}/recording`, ids);
    await ask('GET', '/console/api/calls/{workflow_run_id}/refusals', ids);
    await ask('DELETE', `${V1}/telephony/calls/{workflow_run_id}`, ids);
    await ask('GET', `${V1}/telephony/calls/{workflow_run_id}`, { workflow_run_id: 999_999 });
    await ask('POST', `${V1}/telephony/calls`, {}, { workflow_id: 1, to: 'x', more: 1 });
    await ask('POST', `${V1}/telephony/calls`, {}, { workflow_id: 77, to: THEIR_NUMBER });
    await ask('GET', `${V1}/telephony/calls`, {}, undefined, 'pbk_nobody');
  });

  it('describe what the set-up really answers', async () => {
    await ask('GET', `${V1}/agents`);
    await ask('GET', `${V1}/instances`);
    await ask('GET', `${V1}/settings`);
    const fields = {
      name: 'Described',
      agent: 'tone',
      agent_options: { seconds: 1 },
      transfer_targets: [{ name: 'Sales', to: THEIR_NUMBER }],
    };
    const made = await ask('POST', `${V1}/workflows`, {}, fields);
    const ids = { workflow_id: made['workflow_id'] ?? 0 };
    await ask('POST', `${V1}/workflows`, {}, { ...fields, agent: 'nobody' });
    await ask('GET', `${V1}/workflows`);
    await ask('GET', `${V1}/workflows/{workflow_id}`, ids);
    await ask('PATCH', `${V1}/workflows/{workflow_id}`, ids, { on_failure: null });
    const version = { ...ids, version: 1 };
    await ask('GET', `${V1}/workflows/{workflow_id}/versions`, ids);
    await ask('GET', `${V1}/workflows/{workflow_id}/versions/{version}`, version);
    await ask('POST', `${V1}/workflows/{workflow_id}/versions/{version}/restore`, version);
    const sound = { name: 'welcome.wav' };
    await ask('GET', `${V1}/sounds`);
    await ask('GET', `${V1}/sounds/{name}`, sound);
    await ask('GET', `${V1}/sounds/{name}/audio`, sound);
    await ask('PATCH', `${V1}/sounds/{name}`, sound, { name: 'other.wav' });
    await ask('DELETE', `${V1}/sounds/{name}`, sound);
    await ask('POST', `${V1}/phone-numbers`, {}, { number: OUR_NUMBER, ...ids });
    await ask('POST', `${V1}/phone-numbers`, {}, { number: OUR_NUMBER, ...ids });
    await ask('GET', `${V1}/phone-numbers`);
    await ask('PATCH', `${V1}/phone-numbers/{number}`, { number: OUR_NUMBER }, ids);
    await ask('DELETE', `${V1}/workflows/{workflow_id}`, ids);
    await ask('DELETE', `${V1}/phone-numbers/{number}`, { number: OUR_NUMBER });
    await ask('DELETE', `${V1}/workflows/{workflow_id}`, ids);
    await ask('GET', `${V1}/carriers`);
    const account = {
      key: 'described',
      provider: 'asterisk',
      settings: {
        ari_url: 'http://127.0.0.1:1/ari',
        username: 'patchbay',
        from_numbers: ['+12025550188'],
      },
      secrets: { password: 'described-password' },
    };
    const key = { key: account.key };
    await ask('POST', `${V1}/carrier-accounts`, {}, { ...account, secrets: {} });
    await ask('POST', `${V1}/carrier-accounts`, {}, account);
    await ask('POST', `${V1}/carrier-accounts`, {}, account);
    await ask('GET', `${V1}/carrier-accounts`);
    await ask('GET', `${V1}/carrier-accounts/{key}`, { key: 'twilio' });
    await ask('PATCH', `${V1}/carrier-accounts/{key}`, key, { calls_per_second: 2.5 });
    await ask('PATCH', `${V1}/carrier-accounts/{key}`, { key: 'twilio' }, { enabled: false });
    await ask('POST', `${V1}/carrier-accounts/{key}/test`, key);
    await ask('GET', `${V1}/carrier-accounts/{key}/numbers`, key);
    await ask('GET', `${V1}/carrier-accounts/{key}/numbers`, { key: 'twilio' });
    await ask('DELETE', `${V1}/carrier-accounts/{key}`, key);
    await ask('GET', `${V1}/carrier-accounts/{key}`, key);
    const user = await ask('POST', `${V1}/users`, {}, { name: 'Described' });
    const owner = { user_id: user['user_id'] ?? 0 };
    const issuedKey = await ask('POST', `${V1}/users/{user_id}/keys`, owner, {});
    await ask('GET', `${V1}/users`, {}, undefined, issuedKey['key']);
    await ask('GET', `${V1}/carrier-accounts`, {}, undefined, issuedKey['key']);
    await ask('GET', `${V1}/users`);
    const issued = { ...owner, key_id: issuedKey['key_id'] ?? 0 };
    await ask('DELETE', `${V1}/users/{user_id}/keys/{key_id}`, issued);
    await ask('GET', `${V1}/audit-log?limit=2`);
  });

  it('describe what events and operations really answer', async () => {
    await ask('POST', `${V1}/webhook-endpoints`, {}, { url: 'http://127.0.0.1/' });
    const made = await ask('POST', `${V1}/webhook-endpoints`, {}, { url: 'https://example.com/x' });
    const ids = { endpoint_id: made['endpoint_id'] ?? 0 };
    await ask('GET', `${V1}/webhook-endpoints`);
    await ask('GET', `${V1}/webhook-endpoints/{endpoint_id}`, ids);
    await ask('PATCH', `${V1}/webhook-endpoints/{endpoint_id}`, ids, { enabled: false });
    await ask('GET', `${V1}/webhook-endpoints/{endpoint_id}/deliveries`, ids);
    await ask('POST', `${V1}/webhook-endpoints/{endpoint_id}/test`, { endpoint_id: 4711 });
    await ask('DELETE', `${V1}/webhook-endpoints/{endpoint_id}`, ids);
    const { started_at: seen } = await ask('GET', `${V1}/telephony/diagnostics`);
    const again = await ask('GET', `${V1}/telephony/diagnostics?max_age_seconds=60`);
    expect(again['started_at']).toBe(seen);
    await ask('POST', `${V1}/telephony/diagnostics/repairs/numbers`);
    await ask('GET', `${V1}/alerts`);
    await ask('POST', `${V1}/alerts/test`);
    await ask('GET', '/health/live');
    await ask('GET', '/health/ready');
    await ask('GET', '/console/api/session');
    await ask('GET', '/console/api/phone');
    await ask('POST', '/console/api/session', {}, { key: API_KEY });
  });
});

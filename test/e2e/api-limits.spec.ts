import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { Api, type ProblemJson, type Reply } from '../support/api.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';

interface Page {
  data: Array<Record<string, unknown>>;
  next_cursor: string | number | null;
}

describe('what one user may have, and what a list of it may hold', () => {
  let gateway: Gateway;
  let admin: Api;
  let database: Database;

  beforeAll(async () => {
    gateway = await startGateway();
    admin = new Api(gateway);
    database = gateway.service.app.get(Database);
  });
  afterAll(() => gateway.stop());

  /** Another user, with as many workflows, each with so many bytes of options. */
  async function userWith(workflows: number, optionBytes = 0): Promise<Api> {
    const user = await admin.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const { user_id: userId } = user.body;
    const key = await admin.request<{ key: string }>('POST', `/users/${userId}/keys`, {});
    const row = {
      user_id: userId,
      name: 'One of many',
      agent: 'echo',
      agent_options: JSON.stringify(optionBytes > 0 ? { text: 'x'.repeat(optionBytes) } : {}),
      recording: 0,
      recording_notice: null,
      barge_in: 0,
      barge_in_sensitivity: null,
      barge_in_echo: null,
      turn_silence_ms: null,
      transcription: null,
      on_failure: null,
      on_wait: null,
      created_at: 0,
      updated_at: 0,
      deleted_at: null,
    };
    await database.write(async (trx) => {
      for (let made = 0; made < workflows; made += 1) {
        await trx.insertInto('workflows').values(row).execute();
      }
    });
    return new Api(gateway, key.body.key);
  }

  /** All of a list, page by page; fails where a page holds more than `limit`. */
  async function walk(api: Api, path: string, limit: number): Promise<Page['data'][]> {
    const pages: Page['data'][] = [];
    let cursor: Page['next_cursor'] = null;
    do {
      const query: string =
        cursor === null ? `?limit=${limit}` : `?limit=${limit}&cursor=${cursor}`;
      const { status, body }: Reply<Page> = await api.request<Page>('GET', `${path}${query}`);
      expect([path, status, body.data.length <= limit]).toEqual([path, 200, true]);
      pages.push(body.data);
      cursor = body.next_cursor;
    } while (cursor !== null);
    return pages;
  }

  it('a user has 500 workflows at most, however many are made at once', async () => {
    const user = await userWith(498);
    const make = () =>
      user.request<ProblemJson>('POST', '/workflows', { name: 'x', agent: 'echo' });
    const replies = await Promise.all(Array.from({ length: 8 }, make));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(2);
    const refused = replies.find(({ status }) => status !== 201);
    expect([refused?.status, refused?.body.code]).toEqual([409, 'limit_reached']);
    const { body } = await user.request<Page>('GET', '/workflows');
    expect([body.data.length, body.next_cursor]).toEqual([500, null]);
    const id = String(body.data[0]?.['workflow_id']);
    expect((await user.request('DELETE', `/workflows/${id}`)).status).toBe(204);
    expect((await make()).status).toBe(201);
  });

  it('options are 64 KiB at most', async () => {
    const faults = async (bytes: number) => {
      const reply = await admin.request<ProblemJson>('POST', '/workflows', {
        name: 'Large',
        agent: 'echo',
        agent_options: { a: 'x'.repeat(bytes - '{"a":""}'.length) },
      });
      return [reply.status, reply.body.errors];
    };
    const large = { field: 'agent_options', message: 'must be at most 64 KiB as JSON' };
    const unknown = { field: 'agent_options.a', message: 'is not a known option' };
    expect(await faults(64 * 1024)).toEqual([400, [unknown]]);
    expect(await faults(64 * 1024 + 1)).toEqual([400, [large]]);
  });

  it('every list of what is set up is paged', async () => {
    for (let made = 0; made < 3; made += 1) {
      const number = `+1202555010${made}`;
      await admin.request('POST', '/phone-numbers', { number, workflow_id: 1 });
      await admin.request('POST', '/webhook-endpoints', { url: `https://example.com/${made}` });
      await admin.request('POST', '/workflows', { name: `Paged ${made}`, agent: 'echo' });
      await admin.request('POST', '/users', { name: `Paged ${made}` });
    }
    for (const path of ['/workflows', '/users', '/phone-numbers', '/webhook-endpoints']) {
      const all = (await admin.request<Page>('GET', path)).body;
      expect([path, all.data.length >= 3, all.next_cursor]).toEqual([path, true, null]);
      for (const limit of [1, 2]) {
        const pages = await walk(admin, path, limit);
        expect([path, pages.length]).toEqual([path, Math.ceil(all.data.length / limit)]);
        expect(pages.flat()).toEqual(all.data);
      }
      for (const query of ['limit=0', 'limit=501', 'limit=x', 'cursor=!', 'cursor=', 'page=2']) {
        const reply = await admin.request<ProblemJson>('GET', `${path}?${query}`);
        expect([path, query, reply.status]).toEqual([path, query, 400]);
        expect(reply.body.errors.map(({ field }) => field)).toEqual([query.split('=')[0]]);
      }
    }
    for (const path of ['/audit-log', '/telephony/calls']) await walk(admin, path, 2);
  });

  it('a page ends where it is large, and the rest is on the next ones', async () => {
    const user = await userWith(40, 60_000);
    const pages = await walk(user, '/workflows', 500);
    expect(pages.map(({ length }) => length)).toEqual([17, 17, 6]);
    const ids = pages.flat().map((workflow) => workflow['workflow_id']);
    expect(new Set(ids).size).toBe(40);
  });

  it('lists of calls do not read the options of the calls in them', async () => {
    const { workflow_run_id: runId } = await admin.place({ to: THEIR_NUMBER });
    await admin.until(runId, (call) => call.streaming);
    // Whoever reads this fails.
    await database.write((trx) => trx.updateTable('runs').set({ agent_options: '{' }).execute());
    for (const path of ['/api/v1/telephony/calls', '/console/api/live']) {
      const response = await fetch(`${gateway.url}${path}`, {
        headers: { authorization: `Bearer ${admin.key}` },
      });
      expect([path, response.status]).toEqual([path, 200]);
      const { data } = (await response.json()) as Page;
      expect(data.map((call) => call['workflow_run_id'])).toContain(runId);
    }
    await database.write((trx) => trx.updateTable('runs').set({ agent_options: '{}' }).execute());
  });

  it('the options of an agent that is not plugged in any more are not shown', async () => {
    const made = await admin.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Relayed',
      agent: 'relay',
      agent_options: { url: 'wss://example.com/bot', auth_token: 'a-secret-of-the-bot' },
    });
    const { workflow_id: id } = made.body;
    await database.write((trx) =>
      trx.updateTable('workflows').set({ agent: 'gone' }).where('workflow_id', '=', id).execute(),
    );
    const shown = await admin.request('GET', `/workflows/${id}`);
    expect(shown.body).toMatchObject({ agent: 'gone', agent_options: {} });
    expect(JSON.stringify((await admin.request('GET', '/workflows')).body)).not.toContain('secret');
  });

  it('only what changes something is audited', async () => {
    const rows = async () =>
      database.read((db) => db.selectFrom('audit_log').selectAll().execute());
    const before = (await rows()).length;
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const path of ['/workflows', '/workflows/1', '/users', '/phone-numbers']) {
        const { status } = await fetch(`${gateway.url}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${admin.key}` },
        });
        expect([method, path, status < 500]).toEqual([method, path, true]);
      }
    }
    await admin.request('POST', '/workflows', { name: 'Audited', agent: 'echo' });
    // Written behind the reply; rows come in order.
    while ((await rows()).length === before) await new Promise((next) => setTimeout(next, 20));
    expect((await rows()).slice(before).map(({ action }) => action)).toEqual([
      'POST /api/v1/workflows',
    ]);
  });
});

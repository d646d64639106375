import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { Workflows } from '../../src/tenants/workflows.js';
import { Api } from '../support/api.js';
import { API_KEY, OUR_NUMBER, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';

const WORKFLOWS = '/api/v1/workflows';

describe('workflows', () => {
  let gateway: Gateway;
  let user: ReturnType<typeof request.agent>;

  beforeAll(async () => {
    gateway = await startGateway();
    user = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
  });
  afterAll(() => gateway.stop());

  const create = async (fields: Record<string, unknown> = {}): Promise<number> => {
    const reply = await user.post(WORKFLOWS).send({ name: 'One', agent: 'echo', ...fields });
    expect(reply.status).toBe(201);
    return reply.body.workflow_id as number;
  };

  it('the first start leaves workflow 1 "Echo"', async () => {
    const reply = await user.get(`${WORKFLOWS}/1`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ workflow_id: 1, user_id: 1, name: 'Echo', agent: 'echo' });
  });

  it('a menu that leads to a workflow which is not theirs is refused, by field', async () => {
    const steps = { start: { workflow: 999_999 } };
    const fields = { name: 'Lost', agent: 'menu', agent_options: { start: 'start', steps } };
    const reply = await user.post(WORKFLOWS).send(fields);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([
      {
        field: 'agent_options.steps.start.workflow',
        message: 'is 999999, which is not one of your workflows',
      },
    ]);
  });

  it('made, read, listed, changed field by field, deleted, gone', async () => {
    const made = await user.post(WORKFLOWS).send({
      name: 'Reception',
      agent: 'echo',
      agent_options: {},
      recording: true,
      on_failure: 'Sorry, please call again.',
      on_resume: 'Thank you for waiting.',
      on_wait: 'One moment.',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      workflow_id: expect.any(Number),
      user_id: 1,
      name: 'Reception',
      agent: 'echo',
      agent_options: {},
      recording: true,
      barge_in_sensitivity: 'normal',
      barge_in_echo: 'auto',
      turn_silence_ms: 600,
      transcription: true,
      on_failure: 'Sorry, please call again.',
      on_resume: 'Thank you for waiting.',
      on_wait: 'One moment.',
    });
    const path = `${WORKFLOWS}/${made.body.workflow_id}`;
    expect((await user.get(path)).body).toEqual(made.body);
    const list = await user.get(WORKFLOWS);
    expect(list.body.data).toContainEqual(made.body);

    const renamed = await user.patch(path).send({ name: 'Front desk' });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toEqual({
      ...made.body,
      version: 2,
      name: 'Front desk',
      updated_at: renamed.body.updated_at as string,
    });
    const silent = await user.patch(path).send({ on_failure: null, recording: false });
    expect(silent.body).toMatchObject({ name: 'Front desk', on_failure: null, recording: false });
    expect(silent.body).toMatchObject({ on_resume: 'Thank you for waiting.' });
    const sound = { sound: 'patchbay:question.wav' };
    expect((await user.patch(path).send({ on_wait: sound })).body).toMatchObject({
      on_wait: sound,
    });
    const quiet = await user.patch(path).send({ on_resume: null, on_wait: null });
    expect(quiet.body).toMatchObject({ on_failure: null, on_resume: null, on_wait: null });
    expect((await user.patch(path).send({})).body).toMatchObject({ name: 'Front desk' });

    expect((await user.delete(path)).status).toBe(204);
    for (const gone of [user.get(path), user.patch(path).send({ name: 'x' }), user.delete(path)]) {
      const reply = await gone;
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    }
    expect((await user.get(WORKFLOWS)).body.data).not.toContainEqual(
      expect.objectContaining({ workflow_id: made.body.workflow_id as number }),
    );
    const call = { workflow_id: made.body.workflow_id as number, to: THEIR_NUMBER };
    expect((await user.post('/api/v1/telephony/calls').send(call)).status).toBe(404);
  });

  it.each([
    ['name', undefined],
    ['name', null],
    ['name', ''],
    ['name', 5],
    ['name', 'x'.repeat(201)],
    ['name', 'two\nlines'],
    ['name', 'nul\u0000'],
    ['agent', undefined],
    ['agent', null],
    ['agent', 'nobody'],
    ['agent', '__proto__'],
    ['agent', ['echo']],
    ['agent_options', []],
    ['agent_options', 'text'],
    ['recording', 'yes'],
    ['recording', 1],
    ['barge_in_sensitivity', 'extreme'],
    ['barge_in_echo', true],
    ['turn_silence_ms', 199],
    ['transcription', 'yes'],
    ['turn_silence_ms', 600.5],
    ['on_failure', ''],
    ['on_failure', 'x'.repeat(501)],
    ['on_failure', 'bell\u0007'],
    ['on_failure', { text: 'x' }],
    ['on_resume', ''],
    ['on_resume', 'x'.repeat(501)],
    ['on_resume', 'bell\u0007'],
    ['on_wait', ''],
    ['on_wait', 'x'.repeat(501)],
    ['on_wait', 'two\nlines'],
    ['on_wait', { sound: 'gone.wav' }],
    ['on_wait', { sound: '../secret.wav' }],
    ['on_wait', { text: 'x' }],
    ['on_wait', { sound: 'patchbay:question.wav', loud: true }],
    ['workflow_id', 7],
    ['user_id', 2],
  ])('%s %j is refused by name, in a POST and in a PATCH', async (field, value) => {
    const posted = await user.post(WORKFLOWS).send({ name: 'One', agent: 'echo', [field]: value });
    expect([posted.status, posted.body.code]).toEqual([400, 'invalid_request']);
    expect(posted.body.errors).toMatchObject([{ field }]);
    if (value === undefined) return;
    const path = `${WORKFLOWS}/${await create()}`;
    const patched = await user.patch(path).send({ [field]: value });
    expect([patched.status, patched.body.code]).toEqual([400, 'invalid_request']);
    expect(patched.body.errors).toMatchObject([{ field }]);
    expect((await user.get(path)).body).toMatchObject({ name: 'One', agent: 'echo' });
  });

  it('the 400 for options says which one the agent does not know', async () => {
    const reply = await user
      .post(WORKFLOWS)
      .send({ name: 'One', agent: 'echo', agent_options: { volume: 11 } });
    expect(reply.body).toMatchObject({
      detail: 'agent_options.volume is not a known option.',
      errors: [{ field: 'agent_options.volume', message: 'is not a known option' }],
    });
  });

  it('a menu transfers to the workflow’s own targets alone: 400, at the field', async () => {
    const menu = {
      name: 'Reception',
      agent: 'menu',
      agent_options: { start: 'sales', steps: { sales: { transfer: { target: 'Sales' } } } },
    };
    const refused = await user.post(WORKFLOWS).send(menu);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([
      {
        field: 'agent_options.steps.sales.transfer.target',
        message: expect.stringContaining('"Sales"'),
      },
    ]);
    const targets = [{ name: 'Sales', to: THEIR_NUMBER }];
    const path = `${WORKFLOWS}/${await create({ ...menu, transfer_targets: targets })}`;
    const without = await user.patch(path).send({ transfer_targets: [] });
    expect(without.status).toBe(400);
    expect(without.body.errors).toMatchObject([{ field: 'transfer_targets' }]);
    const both = { agent_options: { start: 'end', steps: { end: {} } }, transfer_targets: [] };
    expect((await user.patch(path).send(both)).status).toBe(200);
  });

  it('one that a number leads to cannot be deleted: 409, until the number is released', async () => {
    const id = await create();
    const claim = { number: OUR_NUMBER, workflow_id: id };
    expect((await user.post('/api/v1/phone-numbers').send(claim)).status).toBe(201);
    const refused = await user.delete(`${WORKFLOWS}/${id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect((await user.delete(`/api/v1/phone-numbers/${OUR_NUMBER}`)).status).toBe(204);
    expect((await user.delete(`${WORKFLOWS}/${id}`)).status).toBe(204);
  });

  it('one to which a menu leads cannot be deleted: 409, which names the menu', async () => {
    const id = await create();
    const steps = { main: { workflow: id } };
    const menu = await create({
      name: 'Front desk',
      agent: 'menu',
      agent_options: { start: 'main', steps },
    });
    const refused = await user.delete(`${WORKFLOWS}/${id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect(refused.body.detail).toContain(`"Front desk" (${menu})`);
    const elsewhere = { agent: 'echo', agent_options: {} };
    expect((await user.patch(`${WORKFLOWS}/${menu}`).send(elsewhere)).status).toBe(200);
    expect((await user.delete(`${WORKFLOWS}/${id}`)).status).toBe(204);
    // A menu whose way is gone can still be renamed.
    expect((await user.patch(`${WORKFLOWS}/${menu}`).send({ name: 'Desk' })).status).toBe(200);
  });

  it('one with a call in progress cannot be deleted: 409; its past calls stay', async () => {
    const api = new Api(gateway);
    const id = await create();
    const placed = await api.place({ workflow_id: id, to: THEIR_NUMBER });
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    const refused = await user.delete(`${WORKFLOWS}/${id}`);
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    await api.request('POST', `/telephony/calls/${placed.workflow_run_id}/hangup`);
    await api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    expect((await user.delete(`${WORKFLOWS}/${id}`)).status).toBe(204);
    expect(await api.call(placed.workflow_run_id)).toMatchObject({ workflow_id: id });
  });

  it('a call keeps the options it was placed with, whatever becomes of the workflow', async () => {
    const api = new Api(gateway);
    const id = await create({
      recording: true,
      on_failure: 'Before.',
      on_resume: 'B.',
      on_wait: 'B?',
    });
    const placed = await api.place({ workflow_id: id, to: THEIR_NUMBER });
    const changes = { recording: false, on_failure: 'After.', on_resume: 'A.', on_wait: null };
    await user.patch(`${WORKFLOWS}/${id}`).send(changes);
    const ledger = gateway.service.app.get(CallLedger, { strict: false });
    const run = await ledger.find({ runId: placed.workflow_run_id });
    expect(run).toMatchObject({ agent: 'echo', recording: true, onFailure: 'Before.' });
    expect(run).toMatchObject({ onResume: 'B.', onWait: 'B?' });
    const next = await api.place({ workflow_id: id, to: THEIR_NUMBER });
    const nextRun = await ledger.find({ runId: next.workflow_run_id });
    expect(nextRun).toMatchObject({ recording: false, onFailure: 'After.', onResume: 'A.' });
    expect(nextRun).toMatchObject({ onWait: null });
  });

  it('changes of different fields side by side are all kept', async () => {
    const id = await create();
    const changes = [
      { name: 'Renamed' },
      { recording: true },
      { barge_in: true },
      { barge_in_sensitivity: 'low' },
      { barge_in_echo: 'off' },
      { turn_silence_ms: 5_000 },
      { transcription: false },
      { on_failure: 'Sorry.' },
      { on_resume: 'Thank you.' },
      { on_wait: 'One moment.' },
      { recording_notice: 'Recorded.' },
      { agent_options: {} },
    ];
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        user.patch(`${WORKFLOWS}/${id}`).send(changes[n % changes.length]),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect((await user.get(`${WORKFLOWS}/${id}`)).body).toMatchObject(
      Object.assign({}, ...changes) as object,
    );
  });

  it('secret options are stored, kept until replaced, and never shown', async () => {
    const agents = gateway.service.app.get(AgentRegistry);
    const keeper = new ScriptedAgent('keeper', () => ({ onAudio: () => undefined }));
    Object.assign(keeper, {
      optionsSchema: {
        type: 'object',
        properties: { voice: { type: 'string' }, key: { type: 'string', writeOnly: true } },
        required: ['key'],
        additionalProperties: false,
      },
    });
    agents.register(keeper);
    const id = await create({ agent: 'keeper', agent_options: { voice: 'a', key: 'hush' } });
    const shown = await user
      .patch(`${WORKFLOWS}/${id}`)
      .send({ agent_options: { voice: 'b' } })
      .expect(200);
    expect(shown.body.agent_options).toEqual({ voice: 'b' });
    expect((await user.get(WORKFLOWS)).text).not.toContain('hush');
    const workflows = gateway.service.app.get(Workflows);
    expect((await workflows.find(id))?.agentOptions).toEqual({ voice: 'b', key: 'hush' });
    await user.patch(`${WORKFLOWS}/${id}`).send({ agent: 'echo', agent_options: {} }).expect(200);
    expect((await workflows.find(id))?.agentOptions).toEqual({});

    // The way back has the secret that was in force last, and no reply has any.
    const path = `${WORKFLOWS}/${id}/versions`;
    const changed = { agent: 'keeper', agent_options: { key: 'quiet', voice: 'c' } };
    await user.patch(`${WORKFLOWS}/${id}`).send(changed).expect(200);
    const fourth = await user.get(`${path}/4?compared_with=2`).expect(200);
    expect(fourth.body.changes).toEqual([
      { field: 'agent_options.voice', kind: 'changed', before: 'b', after: 'c', secret: false },
      { field: 'agent_options.key', kind: 'changed', before: null, after: null, secret: true },
    ]);
    const restored = await user.post(`${path}/1/restore`).expect(200);
    expect(restored.body).toMatchObject({ version: 5, agent_options: { voice: 'a' } });
    expect((await workflows.find(id))?.agentOptions).toEqual({ voice: 'a', key: 'quiet' });
    const all = [await user.get(path), fourth, restored, await user.get(`${path}/3`)];
    expect(all.map(({ text }) => text).join()).not.toMatch(/hush|quiet/);
  });

  it('has a version for each change, what differs, and a way back that is a version too', async () => {
    const id = await create({ agent: 'tone', agent_options: { frequency_hz: 500 } });
    const path = `${WORKFLOWS}/${id}`;
    await user
      .patch(path)
      .send({ name: 'Two', agent_options: { frequency_hz: 600 } })
      .expect(200);
    await user.patch(path).send({ name: 'Two' }).expect(200);
    const placed = await new Api(gateway).place({ to: THEIR_NUMBER, workflow_id: id });
    expect(placed).toMatchObject({ workflow_version: 2 });
    const list = await user.get(`${path}/versions`).expect(200);
    expect(list.body).toEqual({
      data: [
        {
          workflow_id: id,
          version: 2,
          changed: ['name', 'agent_options.frequency_hz'],
          made_by: { user_id: 1, key_id: 1, key_name: 'API_KEY' },
          restored_from: null,
          created_at: expect.any(String),
        },
        expect.objectContaining({ version: 1, changed: [] }),
      ],
      next_cursor: null,
    });
    const page = await user.get(`${path}/versions?limit=1`).expect(200);
    expect(page.body).toEqual({ data: [list.body.data[0]], next_cursor: 2 });
    const second = await user.get(`${path}/versions/2`).expect(200);
    expect(second.body).toMatchObject({ compared_with: 1, workflow: { version: 2, name: 'Two' } });
    expect(second.body.changes).toEqual([
      { field: 'name', kind: 'changed', before: 'One', after: 'Two', secret: false },
      {
        field: 'agent_options.frequency_hz',
        kind: 'changed',
        before: 500,
        after: 600,
        secret: false,
      },
    ]);
    const first = await user.get(`${path}/versions/1`).expect(200);
    expect(first.body).toMatchObject({ compared_with: null, changes: [] });

    const back = await user.post(`${path}/versions/1/restore`).expect(200);
    expect(back.body).toMatchObject({ version: 3, name: 'One' });
    expect((await user.get(path)).body).toEqual(back.body);
    // It is what it is to be already.
    expect((await user.post(`${path}/versions/1/restore`)).body).toMatchObject({ version: 3 });
    const now = await user.get(`${path}/versions`);
    expect(now.body.data[0]).toMatchObject({ version: 3, restored_from: 1 });
    expect(now.body.data.slice(1)).toEqual(list.body.data);
    expect((await new Api(gateway).call(placed.workflow_run_id)).workflow_version).toBe(2);
  });

  it('has no versions for others, none that were not made, and no way back to what is not possible', async () => {
    const id = await create();
    const path = `${WORKFLOWS}/${id}/versions`;
    const made = await user.post('/api/v1/users').send({ name: 'Other' }).expect(201);
    const key = await user.post(`/api/v1/users/${made.body.user_id}/keys`).send({ name: 'k' });
    const other = request.agent(gateway.url).set('Authorization', `Bearer ${key.body.key}`);
    for (const [asked, status] of [
      [other.get(path), 404],
      [other.get(`${path}/1`), 404],
      [other.post(`${path}/1/restore`), 404],
      [user.get(`${path}/2`), 404],
      [user.get(`${path}/1?compared_with=2`), 404],
      [user.get(`${path}/x`), 400],
      [user.get(`${path}?limit=0`), 400],
      [user.post(`${path}/9/restore`), 404],
    ] as const) {
      expect((await asked).status).toBe(status);
    }
    const agents = gateway.service.app.get(AgentRegistry);
    const picky = new ScriptedAgent('picky', () => ({ onAudio: () => undefined }));
    let problems: string[] = [];
    Object.assign(picky, { problemsWith: () => problems });
    agents.register(picky);
    await user.patch(`${WORKFLOWS}/${id}`).send({ agent: 'picky' }).expect(200);
    await user.patch(`${WORKFLOWS}/${id}`).send({ agent: 'echo' }).expect(200);
    problems = ['it is out of tune'];
    const refused = await user.post(`${path}/2/restore`);
    expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
    expect(refused.body.detail).toMatch(/Version 2 .*out of tune/);
    expect((await user.get(`${WORKFLOWS}/${id}`)).body).toMatchObject({
      version: 3,
      agent: 'echo',
    });
  });

  it('a recorded call begins with its notice, once', async () => {
    const notice = 'This call is recorded.';
    const id = await create({ recording: true, recording_notice: notice });
    const placed = await new Api(gateway).place({ to: THEIR_NUMBER, workflow_id: id });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    const stream = await call.streamStarted;
    expect(call.spoken).toEqual([notice]);
    while (stream.framesSent === 0) await setTimeout(10);
    stream.cut();
    await call.streamNumber(2);
    expect(call.spoken).toEqual([notice]);
    call.hangUp();
  });

  it('the agents plugged in are listed, each with the JSON schema of its options', async () => {
    const reply = await user.get('/api/v1/agents');
    expect(reply.status).toBe(200);
    expect(reply.body.data).toContainEqual({
      name: 'echo',
      description: expect.any(String),
      options_schema: expect.objectContaining({ type: 'object' }),
      ready: true,
      needs: [],
    });
    expect(reply.body.data).toContainEqual(
      expect.objectContaining({
        name: 'openai-realtime',
        ready: false,
        needs: [expect.objectContaining({ setting: 'OPENAI_API_KEY', required: true, met: false })],
      }),
    );
    // Only some bots need it.
    expect(reply.body.data).toContainEqual(
      expect.objectContaining({
        name: 'relay',
        ready: true,
        needs: [
          expect.objectContaining({ setting: 'AGENT_ALLOWED_HOSTS', required: false, met: false }),
        ],
      }),
    );
  });
});

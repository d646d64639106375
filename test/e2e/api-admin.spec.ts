import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { Database } from '../../src/database/database.js';
import { packageVersion } from '../../src/shared/package-version.js';
import { API_KEY, OUR_NUMBER, startGateway, THEIR_NUMBER } from '../support/gateway.js';
import type { Gateway } from '../support/gateway.js';

const NUMBERS = '/api/v1/phone-numbers';
const USERS = '/api/v1/users';

interface UserJson {
  user_id: number;
  name: string;
  keys: Array<{ key_id: number; name: string; created_at: string }>;
}

describe('what user 1 sets up', () => {
  let gateway: Gateway;
  let admin: ReturnType<typeof request.agent>;

  beforeAll(async () => {
    gateway = await startGateway();
    admin = request.agent(gateway.url).set('Authorization', `Bearer ${API_KEY}`);
  });
  afterAll(() => gateway.stop());

  describe('phone numbers', () => {
    it('claimed, listed, refused a second time, released, gone', async () => {
      const claim = { number: OUR_NUMBER, workflow_id: 1 };
      const made = await admin.post(NUMBERS).send(claim);
      expect(made.status).toBe(201);
      const expected = {
        number: OUR_NUMBER,
        account: 'twilio',
        provider: 'twilio',
        workflow_id: 1,
      };
      expect(made.body).toMatchObject(expected);
      expect((await admin.get(NUMBERS)).body.data).toMatchObject([expected]);
      const again = await admin.post(NUMBERS).send({ ...claim, provider: 'twilio' });
      expect([again.status, again.body.code]).toEqual([409, 'conflict']);
      const path = `${NUMBERS}/${encodeURIComponent(OUR_NUMBER)}`;
      expect((await admin.delete(path)).status).toBe(204);
      expect((await admin.get(NUMBERS)).body.data).toEqual([]);
      const gone = await admin.delete(path);
      expect([gone.status, gone.body.code]).toEqual([404, 'not_found']);
    });

    it('of ten claims at the same time one wins', async () => {
      const claim = { number: '+15005550008', workflow_id: 1 };
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => admin.post(NUMBERS).send(claim)),
      );
      expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(replies.filter(({ status }) => status === 409)).toHaveLength(9);
    });

    it('a claimed number is answered by its workflow at once, a released one is not', async () => {
      await admin.post(NUMBERS).send({ number: OUR_NUMBER, workflow_id: 1 });
      const taken = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
      await taken.streamStarted;
      taken.hangUp();
      await taken.settled;
      await admin.delete(`${NUMBERS}/${OUR_NUMBER}`);
      const rejected = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
      await rejected.settled;
      expect(rejected.answeredAt).toBeNull();
      expect(rejected.webhooks[0]?.body).toContain('<Reject');
    });

    it.each([
      ['number', '5005550006'],
      ['number', '+1 500 555 0006'],
      ['number', ''],
      ['number', null],
      ['number', 15005550006],
      ['provider', 'nobody'],
      ['provider', ''],
      ['workflow_id', '1'],
      ['workflow_id', 0],
      ['workflow_id', null],
      ['agent', 'echo'],
    ])('%s %j is refused by name', async (field, value) => {
      const reply = await admin
        .post(NUMBERS)
        .send({ number: OUR_NUMBER, workflow_id: 1, [field]: value });
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request']);
      expect(reply.body.errors).toMatchObject([{ field }]);
    });

    it('a workflow that is not there, or not any more, is 404', async () => {
      const { body } = await admin.post('/api/v1/workflows').send({ name: 'W', agent: 'echo' });
      await admin.delete(`/api/v1/workflows/${body.workflow_id}`);
      for (const id of [4711, body.workflow_id as number]) {
        const reply = await admin.post(NUMBERS).send({ number: OUR_NUMBER, workflow_id: id });
        expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
      }
    });

    it('led to another workflow, it is answered by that one from the next call on', async () => {
      const made = await admin.post('/api/v1/workflows').send({ name: 'Night', agent: 'echo' });
      const night = made.body.workflow_id as number;
      await admin.post(NUMBERS).send({ number: OUR_NUMBER, workflow_id: 1 });
      const path = `${NUMBERS}/${OUR_NUMBER}`;
      const led = await admin.patch(path).send({ workflow_id: night });
      const expected = {
        number: OUR_NUMBER,
        account: 'twilio',
        provider: 'twilio',
        workflow_id: night,
      };
      expect([led.status, led.body]).toEqual([200, expected]);
      expect((await admin.get(NUMBERS)).body.data).toContainEqual(expected);
      const call = gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
      await call.streamStarted;
      call.hangUp();
      await call.settled;
      const calls = await admin.get(`/api/v1/telephony/calls?provider_call_id=${call.sid}`);
      expect(calls.body.data).toMatchObject([{ workflow_id: night }]);
      const unknown = await admin.patch(path).send({ workflow_id: 4711 });
      expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
      expect((await admin.patch(path).send({ workflow_id: 0 })).status).toBe(400);
      await admin.delete(path);
      expect((await admin.patch(path).send({ workflow_id: 1 })).status).toBe(404);
    });

    it.each(['anything', '%00', '%2B1', '+15005559999'])('releasing %s is 404', async (number) => {
      const reply = await admin.delete(`${NUMBERS}/${number}`);
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    });
  });

  describe('users and their keys', () => {
    it('a key is shown once, works, is listed by name, and is hashed at rest', async () => {
      const made = await admin.post(USERS).send({ name: 'Sales' });
      expect(made.status).toBe(201);
      expect(made.body).toEqual({
        user_id: expect.any(Number),
        name: 'Sales',
        created_at: expect.any(String),
        keys: [],
      });
      const { user_id: userId } = made.body as UserJson;
      const issued = await admin.post(`${USERS}/${userId}/keys`).send({ name: 'laptop' });
      expect(issued.status).toBe(201);
      expect(issued.body).toEqual({
        key_id: expect.any(Number),
        user_id: userId,
        name: 'laptop',
        key: expect.stringMatching(/^pbk_[\w-]{43}$/),
      });
      const { key, key_id: keyId } = issued.body as { key: string; key_id: number };
      const reply = await request(gateway.url)
        .get('/api/v1/workflows')
        .set('Authorization', `Bearer ${key}`);
      expect(reply.body).toEqual({ data: [], next_cursor: null });

      const list = await admin.get(USERS);
      expect(JSON.stringify(list.body)).not.toContain(key);
      const user = (list.body.data as UserJson[]).find((one) => one.user_id === userId);
      expect(user?.keys).toEqual([
        { key_id: keyId, name: 'laptop', created_at: expect.any(String) },
      ]);
      const database = gateway.service.app.get(Database, { strict: false });
      const rows = await database.read((db) => db.selectFrom('api_keys').selectAll().execute());
      expect(JSON.stringify(rows)).not.toContain(key);
      expect(JSON.stringify(rows)).not.toContain(API_KEY);
    });

    it('a revoked key is gone from the list, and cannot be revoked again', async () => {
      const { body: user } = await admin.post(USERS).send({ name: 'Support' });
      const path = `${USERS}/${user.user_id}/keys`;
      const { body: issued } = await admin.post(path).send({});
      expect((await admin.delete(`${path}/${issued.key_id}`)).status).toBe(204);
      const again = await admin.delete(`${path}/${issued.key_id}`);
      expect([again.status, again.body.code]).toEqual([404, 'not_found']);
      const users = (await admin.get(USERS)).body.data as UserJson[];
      expect(users.find((one) => one.user_id === user.user_id)?.keys).toEqual([]);
    });

    it("a key is revoked under its own user's path only", async () => {
      const { body: one } = await admin.post(USERS).send({ name: 'One' });
      const { body: two } = await admin.post(USERS).send({ name: 'Two' });
      const { body: issued } = await admin.post(`${USERS}/${one.user_id}/keys`).send({});
      const reply = await admin.delete(`${USERS}/${two.user_id}/keys/${issued.key_id}`);
      expect(reply.status).toBe(404);
      const user = request.agent(gateway.url).set('Authorization', `Bearer ${issued.key}`);
      expect((await user.get('/api/v1/workflows')).status).toBe(200);
    });

    it('a key for a user who is not there is 404', async () => {
      const reply = await admin.post(`${USERS}/4711/keys`).send({});
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
    });

    it.each([
      [USERS, 'name', undefined],
      [USERS, 'name', null],
      [USERS, 'name', ''],
      [USERS, 'name', 'x'.repeat(201)],
      [USERS, 'name', 'nul\u0000'],
      [USERS, 'name', '\ud800'],
      [USERS, 'admin', true],
      [USERS, 'user_id', 1],
      [`${USERS}/1/keys`, 'name', ''],
      [`${USERS}/1/keys`, 'name', 7],
      [`${USERS}/1/keys`, 'name', 'x'.repeat(101)],
      [`${USERS}/1/keys`, 'key', 'pbk_of-my-own-choice-0123456789'],
    ])('POST %s with %s %j is refused by name', async (path, field, value) => {
      const base = path === USERS ? { name: 'One' } : {};
      const reply = await admin.post(path).send({ ...base, [field]: value });
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_request']);
      expect(reply.body.errors).toMatchObject([{ field }]);
    });

    it('names may hold any letters', async () => {
      const name = 'Łódź — 電話 ☎️ "quotes" \' \\ %s';
      const { body } = await admin.post(USERS).send({ name });
      expect(body.name).toBe(name);
      const users = (await admin.get(USERS)).body.data as UserJson[];
      expect(users.map((user) => user.name)).toContain(name);
    });
  });

  describe('settings in force', () => {
    it('tell the release and every setting, and never a secret', async () => {
      const { status, body } = await admin.get('/api/v1/settings');
      expect(status).toBe(200);
      expect(body).toMatchObject({ version: packageVersion(), instance: expect.any(String) });
      const of = (name: string): unknown =>
        (body.data as Array<{ name: string }>).find((one) => one.name === name);
      expect(of('PORT')).toMatchObject({ value: String(gateway.port), set: true, secret: false });
      expect(of('STREAM_GRACE_SECONDS')).toMatchObject({ value: '20', set: false });
      expect(of('API_KEY')).toMatchObject({ value: null, set: true, secret: true });
      expect(of('DATABASE_URL')).toMatchObject({ value: null, set: false, secret: true });
      const text = JSON.stringify(body);
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(gateway.carrier.authToken);
    });

    it('are user 1’s to read, and do not exist for others', async () => {
      const { body: user } = await admin.post(USERS).send({ name: 'Curious' });
      const { body: issued } = await admin.post(`${USERS}/${user.user_id}/keys`).send({});
      const reply = await request(gateway.url)
        .get('/api/v1/settings')
        .set('Authorization', `Bearer ${issued.key}`);
      expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
      expect((await request(gateway.url).get('/api/v1/settings')).status).toBe(401);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { LANGUAGES } from '../../console/src/messages/language.js';
import { SignInLink } from '../../src/operations/console/sign-in-link.js';
import { Database } from '../../src/database/database.js';
import { Api } from '../support/api.js';
import { API_KEY, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { refusedUpgrade } from '../support/refused-upgrade.js';
import { expectQuick } from '../support/patience.js';

const SESSION = '/console/api/session';
const CALLS = '/api/v1/telephony/calls';

/** A browser's requests from our own page, with the cookie it was given. */
async function signIn(gateway: Gateway, key = API_KEY): Promise<string> {
  const reply = await request(gateway.url)
    .post(SESSION)
    .set('Sec-Fetch-Site', 'same-origin')
    .send({ key });
  expect(reply.status).toBe(200);
  return cookieOf(reply).split(';')[0] ?? '';
}

function cookieOf(reply: request.Response): string {
  return [reply.headers['set-cookie']].flat()[0] ?? '';
}

async function ticketOf(gateway: Gateway): Promise<string> {
  const told = (await gateway.service.app.get(SignInLink).invitation(gateway.url, true)) ?? '';
  return /ticket=([\w-]+)/.exec(told)?.[1] ?? '';
}

async function issueKey(api: Api, userId?: number) {
  const user =
    userId ??
    (await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' })).body.user_id;
  const issued = await api.request<{ key_id: number; key: string }>('POST', `/users/${user}/keys`, {
    name: 'test',
  });
  return { userId: user, keyId: issued.body.key_id, key: issued.body.key };
}

describe('a console session', () => {
  let gateway: Gateway;
  let api: Api;
  beforeAll(async () => {
    gateway = await startGateway();
    api = new Api(gateway);
  });
  afterAll(() => gateway.stop());

  it('is a cookie out of reach of scripts and of other sites, for twelve hours', async () => {
    const reply = await request(gateway.url)
      .post(SESSION)
      .set('Origin', gateway.url)
      .send({ key: API_KEY });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ user_id: 1, administrator: true, simulated: false });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(cookieOf(reply)).toMatch(
      /^patchbay_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
  });

  it.each([
    ['by its own account', { Origin: 'https://gw.example.com', Host: 'gw.example.com' }],
    ['by the public host', { Host: 'gw.example.com', 'Sec-Fetch-Site': 'same-origin' }],
  ])('is sent over https alone to a browser that came by https, %s', async (_, headers) => {
    const reply = await request(gateway.url).post(SESSION).set(headers).send({ key: API_KEY });
    expect(cookieOf(reply)).toMatch(/^__Host-patchbay_session=[\w-]{43}; Path=\/; .*; Secure$/);
  });

  it('of a browser that came by https is not taken from the plain cookie', async () => {
    const plain = await signIn(gateway);
    const token = plain.split('=')[1] ?? '';
    const read = (cookie: string, host: string) =>
      request(gateway.url)
        .get(SESSION)
        .set({ Host: host, 'Sec-Fetch-Site': 'same-origin', Cookie: cookie });
    expect((await read(plain, 'gw.example.com')).status).toBe(401);
    expect((await read(`__Host-${plain}`, 'gw.example.com')).status).toBe(200);
    expect((await read(`__Host-${plain}`, 'localhost:8000')).status).toBe(200);
    expect((await read(plain, 'localhost:8000')).status).toBe(200);
    // Somebody else's plain cookie does not come before it.
    const both = `patchbay_session=${'a'.repeat(43)}; __Host-patchbay_session=${token}`;
    expect((await read(both, 'localhost:8000')).status).toBe(200);
  });

  it('of a key that signs in more than fifty times takes the place of an older one', async () => {
    const { key } = await issueKey(api);
    const cookies: string[] = [];
    for (let made = 0; made < 51; made += 1) cookies.push(await signIn(gateway, key));
    const status = async (cookie = '') =>
      (await request(gateway.url).get(SESSION).set('Cookie', cookie)).status;
    const statuses: number[] = [];
    for (const cookie of cookies) statuses.push(await status(cookie));
    expect([statuses.filter((one) => one === 200).length, statuses.at(-1)]).toEqual([50, 200]);
  });

  it('opens the same API as the key, and nothing of it is stored but a hash', async () => {
    const cookie = await signIn(gateway);
    const reply = await request(gateway.url).get('/api/v1/workflows').set('Cookie', cookie);
    expect(reply.status).toBe(200);
    // Not to be found in the browser's cache by whoever comes next.
    expect(reply.headers['cache-control']).toBe('no-store');
    const database = gateway.service.app.get(Database);
    const rows = await database.read((db) =>
      db.selectFrom('console_sessions').selectAll().execute(),
    );
    const token = cookie.split('=')[1] ?? '?';
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.token_hash))).toBe(true);
  });

  const proofs: ReadonlyArray<[what: string, headers: Record<string, string>, status: number]> = [
    ['no word of where it comes from', {}, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another host of the same site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another origin', { Origin: 'https://evil.example' }, 403],
    ['an origin that hides', { Origin: 'null' }, 403],
    ['our host and another port', { Origin: 'http://127.0.0.1:1' }, 403],
    ['another site that names our origin', { 'Sec-Fetch-Site': 'cross-site', Origin: 'OWN' }, 403],
    ['our own page', { 'Sec-Fetch-Site': 'same-origin' }, 201],
    ['our own origin, from an older browser', { Origin: 'OWN' }, 201],
  ];
  it.each(proofs)('with %s, what changes something is judged by it', async (_, headers, status) => {
    const cookie = await signIn(gateway);
    const reply = await request(gateway.url)
      .post('/api/v1/workflows')
      .set('Cookie', cookie)
      .set(own(headers))
      .send({ name: 'By cookie', agent: 'echo' });
    expect(reply.status).toBe(status);
    if (status === 403) expect(reply.body).toMatchObject({ code: 'forbidden' });
  });

  const own = (headers: Record<string, string>): Record<string, string> =>
    headers['Origin'] === 'OWN' ? { ...headers, Origin: gateway.url } : headers;

  it('reads for our own pages and a typed address, not for other sites', async () => {
    const cookie = await signIn(gateway);
    const read = (site: string) =>
      request(gateway.url).get(CALLS).set('Cookie', cookie).set('Sec-Fetch-Site', site);
    expect((await read('none')).status).toBe(200);
    expect((await read('same-origin')).status).toBe(200);
    expect((await read('cross-site')).status).toBe(403);
  });

  it('gives way to a key, and a wrong key is not made good by it', async () => {
    const cookie = await signIn(gateway);
    const reply = await request(gateway.url)
      .get(CALLS)
      .set('Cookie', cookie)
      .set('Authorization', 'Bearer nobodys-key-0123456789012345');
    expect(reply.status).toBe(401);
  });

  it('is nothing to the endpoints of carriers', async () => {
    const cookie = await signIn(gateway);
    for (const path of ['twiml', 'status-callback']) {
      const reply = await request(gateway.url)
        .post(`/api/v1/telephony/${path}`)
        .set('Cookie', cookie)
        .set('Sec-Fetch-Site', 'same-origin');
      expect([path, reply.status]).toEqual([path, 403]);
    }
  });

  it.each([{}, { key: null }, { ticket: null }, { key: '' }, { key: 7 }, { more: 1 }])(
    'is not begun with %j, and that is no fault of ours',
    async (body) => {
      const reply = await request(gateway.url)
        .post(SESSION)
        .set('Sec-Fetch-Site', 'same-origin')
        .send(body);
      expect([400, 401]).toContain(reply.status);
    },
  );

  it.each([
    ['of nobody', `patchbay_session=${'a'.repeat(43)}`],
    ['of another form', 'patchbay_session=1'],
    ['empty', 'patchbay_session='],
    ['of another name', `patchbay_session2=${'a'.repeat(43)}`],
  ])('a cookie %s is 401', async (_, cookie) => {
    expect((await request(gateway.url).get(CALLS).set('Cookie', cookie)).status).toBe(401);
  });

  it('ends when one signs out, for whoever has kept the cookie too', async () => {
    const cookie = await signIn(gateway);
    const out = await request(gateway.url)
      .delete(SESSION)
      .set('Cookie', cookie)
      .set('Sec-Fetch-Site', 'same-origin');
    expect(out.status).toBe(204);
    expect(cookieOf(out)).toMatch(/^patchbay_session=; Path=\/; Max-Age=0; /);
    expect((await request(gateway.url).get(SESSION).set('Cookie', cookie)).status).toBe(401);
  });

  it('is not ended, nor begun, from elsewhere', async () => {
    const cookie = await signIn(gateway);
    const elsewhere = { Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' };
    expect((await request(gateway.url).delete(SESSION).set(elsewhere)).status).toBe(403);
    const begun = await request(gateway.url).post(SESSION).set(elsewhere).send({ key: API_KEY });
    expect([begun.status, cookieOf(begun)]).toEqual([403, '']);
    expect((await request(gateway.url).get(SESSION).set('Cookie', cookie)).status).toBe(200);
  });

  it('ends with its key at once, and with its time', async () => {
    const { userId, keyId, key } = await issueKey(api);
    const cookie = await signIn(gateway, key);
    const read = () => request(gateway.url).get(SESSION).set('Cookie', cookie);
    expect((await read()).body).toEqual({
      user_id: userId,
      administrator: false,
      simulated: false,
    });
    await api.request('DELETE', `/users/${userId}/keys/${keyId}`);
    expect((await read()).status).toBe(401);

    const aged = await signIn(gateway);
    await gateway.service.app
      .get(Database)
      .write((trx) => trx.updateTable('console_sessions').set({ expires_at: 1 }).execute());
    expect((await request(gateway.url).get(SESSION).set('Cookie', aged)).status).toBe(401);
  });

  it("shows another user nothing of user 1's, in the console's own endpoints as in the API", async () => {
    const { key } = await issueKey(api);
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    const theirs = await signIn(gateway, key);
    const as = (cookie: string, path: string) =>
      request(gateway.url).get(path).set('Cookie', cookie);
    expect((await as(theirs, '/console/api/live')).body).toEqual({ data: [] });
    expect((await as(theirs, `/console/api/calls/${runId}/refusals`)).status).toBe(404);
    expect((await as(theirs, `${CALLS}/${runId}`)).status).toBe(404);
    expect((await as(theirs, '/api/v1/users')).status).toBe(404);
    const mine = await signIn(gateway);
    const live = await as(mine, '/console/api/live');
    expect(live.body.data).toMatchObject([{ workflow_run_id: runId }]);
    expect((await as(mine, `/console/api/calls/${runId}/refusals`)).body).toEqual({ data: [] });
    for (const path of ['/console/api/live', `/console/api/calls/${runId}/refusals`]) {
      expect((await request(gateway.url).get(path)).status).toBe(401);
    }
  });

  it('tells of a live stream, and of what was refused about a call', async () => {
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await api.until(runId, (call) => call.streaming);
    const cookie = await signIn(gateway);
    const live = await request(gateway.url).get('/console/api/live').set('Cookie', cookie);
    const [call] = live.body.data as Array<{ stream: { stream_id: string; silent_ms: number } }>;
    expect(call?.stream.stream_id).toMatch(/^MZ/);
    expectQuick(call?.stream.silent_ms ?? Infinity, 2_000);
    await refusedUpgrade(gateway, runId);
    const path = `/console/api/calls/${runId}/refusals`;
    const read = () => request(gateway.url).get(path).set('Cookie', cookie);
    let reply = await read();
    // Written down beside the refusal, not before it.
    for (let tries = 0; tries < 50 && reply.body.data.length === 0; tries += 1)
      reply = await read();
    expect(reply.body.data).toMatchObject([
      { surface: 'media-stream', reason: 'signature-missing', http_status: 403 },
    ]);
  });
});

describe('signing in by ticket', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  const redeem = (ticket: string) =>
    request(gateway.url).post(SESSION).set('Sec-Fetch-Site', 'same-origin').send({ ticket });

  it('works once', async () => {
    const ticket = await ticketOf(gateway);
    const first = await redeem(ticket);
    expect([first.status, first.body]).toEqual([
      200,
      { user_id: 1, administrator: true, simulated: false },
    ]);
    const second = await redeem(ticket);
    expect([second.status, second.body.code, cookieOf(second)]).toEqual([401, 'unauthorized', '']);
  });

  it('is not spent by whoever only looks at the link', async () => {
    const ticket = await ticketOf(gateway);
    const page = await request(gateway.url).get(`/console/sign-in?ticket=${ticket}`);
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(ticket);
    expect((await redeem(ticket)).status).toBe(200);
  });

  it('fails for a ticket of nobody', async () => {
    expect((await redeem('a'.repeat(43))).status).toBe(401);
  });

  it('is limited for those who are wrong, and never for those who are right', async () => {
    const wrong = () =>
      request(gateway.url)
        .post(SESSION)
        .set('Sec-Fetch-Site', 'same-origin')
        .send({ key: 'wrong-key-of-nobody-0123456789' });
    const replies = await Promise.all(Array.from({ length: 20 }, wrong));
    const statuses = replies.map((reply) => reply.status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
    const limited = replies.find((reply) => reply.status === 429);
    expect(limited?.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(limited?.body).toMatchObject({ code: 'rate_limited' });
    const wait = Number(limited?.headers['retry-after']);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    // From the same address: everybody behind one proxy has it.
    expect((await redeem(await ticketOf(gateway))).status).toBe(200);
    expect(await signIn(gateway)).not.toBe('');
    expect((await wrong()).status).toBe(429);
    expect((await new Api(gateway).request('GET', '/agents')).status).toBe(200);
  });
});

describe("the console's page", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ env: { PUBLIC_URL: 'https://gw.example.com/pbx' } });
  });
  afterAll(() => gateway.stop());

  it.each([
    ['/console/', './assets/'],
    ['/console/calls', './assets/'],
    ['/console/calls/12', '../assets/'],
    ['/console/some/thing/else', '../../assets/'],
    ['/pbx/console/calls/12', '../assets/'],
  ])('is served at %s, with references that hold there', async (path, assets) => {
    const reply = await request(gateway.url).get(path);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(reply.headers['cache-control']).toBe('no-store');
    const references = [...reply.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    expect(references.length).toBeGreaterThanOrEqual(3);
    for (const reference of references) {
      expect(reference?.startsWith(assets)).toBe(true);
      const url = new URL(reference ?? '', `${gateway.url}${path}`);
      const asset = await request(gateway.url).get(url.pathname);
      expect([url.pathname, asset.status]).toEqual([url.pathname, 200]);
      expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(asset.headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('begins with at most 150 KB of script, before compression, in each language', async () => {
    const page = await request(gateway.url).get('/console/');
    const scripts = [...page.text.matchAll(/"\.\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
    const read = async (path: string | undefined): Promise<string> =>
      (await request(gateway.url).get(`/console/${path}`)).text;
    const texts = await Promise.all(scripts.map(read));
    const bytes = Buffer.byteLength(texts.join(''));
    expect(bytes).toBeGreaterThan(10_000);
    // Whoever reads another language loads its catalogue as well.
    const named = texts.join('').match(/first-[\w-]+\.js/g) ?? [];
    const catalogues = new Set(named.map((name) => `assets/${name}`));
    for (const path of scripts) catalogues.delete(path ?? '');
    expect(catalogues.size).toBe(Object.keys(LANGUAGES).length - 1);
    for (const path of catalogues) {
      const catalogue = await read(path);
      expect(catalogue.length).toBeGreaterThan(5_000);
      expect(bytes + Buffer.byteLength(catalogue)).toBeLessThanOrEqual(150_000);
    }
  });

  it('has a slash at its end, under any prefix', async () => {
    const reply = await request(gateway.url).get('/pbx/console');
    expect([reply.status, reply.headers['location']]).toEqual([308, 'console/']);
  });

  it.each([
    ['/', 'console/'],
    ['/pbx/', 'console/'],
    ['/pbx', 'pbx/console/'],
    ['/?from=mail', 'console/'],
  ])('is where the bare address %s leads, and stays a page', async (path, location) => {
    const reply = await request(gateway.url).get(path);
    expect([reply.status, reply.headers['location']]).toEqual([302, location]);
    const { pathname } = new URL(location, `${gateway.url}${path}`);
    expect((await request(gateway.url).get(pathname)).status).toBe(200);
    expect((await request(gateway.url).head(path)).status).toBe(302);
    const posted = await request(gateway.url).post(path);
    expect([posted.status, posted.type]).toEqual([404, 'application/problem+json']);
  });

  it('may load from here and nowhere else', async () => {
    const [first, second] = await Promise.all([
      request(gateway.url).get('/console/'),
      request(gateway.url).get('/console/'),
    ]);
    const policy = String(first?.headers['content-security-policy']);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '?';
    expect(policy.replace(nonce, 'N').split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'nonce-N'",
      "connect-src 'self'",
      "img-src 'self' data: blob:",
      "media-src 'self' blob:",
      "font-src 'self'",
      "worker-src 'self' blob:",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(first?.text).toContain(`nonce="${nonce}"`);
    expect(first?.text).not.toContain('__NONCE__');
    expect(second?.headers['content-security-policy']).not.toBe(policy);
    expect(first?.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
    expect(first?.headers['permissions-policy']).toContain('microphone=(self)');
  });

  it.each([
    '/console/assets/nothing.js',
    '/console/assets/..%2findex.html',
    '/console/api/nothing',
  ])('%s is 404, as a problem', async (path) => {
    const reply = await request(gateway.url).get(path);
    expect([reply.status, reply.body.code]).toEqual([404, 'not_found']);
  });
});

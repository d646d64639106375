import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { byName, type DiagnosisJson } from '../support/diagnosis.js';
import { API_KEY, startGateway, type Gateway } from '../support/gateway.js';
import { directory, endPrograms, start } from '../support/program.js';
import { postgresStore, startPostgres } from '../support/stores.js';

const PATH = '/telephony/diagnostics';
const OTHER_KEY = 'another-key-that-nobody-knows-012345';

const server = await startPostgres();

/** `npm run doctor -- --quick`, beside the gateway. */
async function doctor(gateway: Gateway, key: string, ...more: string[]) {
  const one = start(
    await directory(),
    { PORT: String(gateway.port), API_KEY: key },
    { program: 'tools/doctor/main.js', args: ['--quick', ...more] },
  );
  const code = await one.exited;
  return { code, ...one, last: one.stdout.trimEnd().split('\n').at(-1) };
}

(server ? describe : describe.skip)('the doctor while PostgreSQL is down', () => {
  let gateway: Gateway;
  let stranger: string;
  const refused = `PostgreSQL at 127.0.0.1:${server?.port} refuses connections`;

  beforeAll(async () => {
    const store = await postgresStore(server?.url() ?? '');
    await store.database.close();
    gateway = await startGateway({ env: store.env });
    const api = new Api(gateway);
    const giveUpAt = Date.now() + 60_000;
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const made = await api.request<{ key: string }>('POST', `/users/${user.body.user_id}/keys`, {});
    stranger = made.body.key;
    await server?.stop();
    for (;;) {
      const health = await fetch(`${gateway.url}/health/ready`);
      const { store: seen } = (await health.json()) as { store: { reason: string | null } };
      if (seen.reason === refused) break;
      if (Date.now() > giveUpAt) throw new Error(`it says ${seen.reason}`);
      await new Promise((next) => setTimeout(next, 50));
    }
    // What is remembered of keys has to age.
    while ((await new Api(gateway, stranger).request('GET', '/workflows')).status !== 503) {
      if (Date.now() > giveUpAt) throw new Error('it goes on to take a key');
      await new Promise((next) => setTimeout(next, 50));
    }
  }, 90_000);
  afterAll(async () => {
    await endPrograms();
    await server?.start();
    await gateway.stop();
    await server?.dispose();
  });

  it("answers user 1's key of the settings, names the store, and looks at all the rest", async () => {
    const { status, body } = await new Api(gateway).request<DiagnosisJson>('GET', PATH);
    expect([status, body.status]).toEqual([200, 'down']);
    const checks = byName(body.checks);
    expect(checks.get('store')).toMatchObject({
      status: 'down',
      seen: `${refused}.`,
      fix: expect.stringContaining('Start PostgreSQL'),
    });
    for (const name of ['refusals', 'recent-callbacks', 'agents', 'event-deliveries']) {
      expect(checks.get(name)?.status).toBe('skipped');
    }
    for (const name of ['settings', 'memory', 'clock']) {
      expect(checks.get(name)?.seen).not.toContain('check failed');
    }
    expect(checks.get('disk')?.seen).toMatch(/MiB are free/);
  });

  it('lets nobody else in, and changes nothing', async () => {
    for (const key of [stranger, OTHER_KEY]) {
      expect((await new Api(gateway, key).request('GET', PATH)).status).toBe(503);
    }
    expect((await new Api(gateway, null).request('GET', PATH)).status).toBe(401);
    const repair = await new Api(gateway).request('POST', `${PATH}/repairs/numbers`);
    expect(repair.status).toBe(503);
    // The way in is the doctor's alone.
    expect((await new Api(gateway).request('GET', '/users')).status).toBe(503);
  });

  it('on the command line ends with 1, and with a line that names what is down', async () => {
    const { code, last } = await doctor(gateway, API_KEY);
    expect([code, last]).toEqual([1, expect.stringContaining(`store (${refused})`)]);
    expect(last).toMatch(/^Down: /);
  });

  it('asks for the readiness where its key is not taken, and says so', async () => {
    const { code, last, stderr } = await doctor(gateway, OTHER_KEY);
    const down = `Down: store (${refused})`;
    // The lease is down too once it could not be renewed for long enough.
    const longer = `${down}, lease (This instance could not renew it in the store)`;
    expect([down, longer]).toContain(last);
    expect(code).toBe(1);
    expect(stderr).toContain('/health/ready');
    const json = await doctor(gateway, OTHER_KEY, '--json');
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      1,
      expect.objectContaining({ status: 'down' }),
    ]);
  });

  it('ends with 2 where the gateway is ready and does not take the key', async () => {
    await server?.start();
    const giveUpAt = Date.now() + 30_000;
    while ((await fetch(`${gateway.url}/health/ready`)).status !== 200) {
      if (Date.now() > giveUpAt) throw new Error('it did not get ready');
      await new Promise((next) => setTimeout(next, 50));
    }
    const { code, stdout, stderr } = await doctor(gateway, OTHER_KEY);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('does not take the key');
  });
});

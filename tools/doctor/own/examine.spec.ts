import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsError } from '../../../src/config/settings-error.js';
import { SqliteDatabase } from '../../../src/database/sqlite-database.js';
import { parseSettings } from '../../../src/parse-settings.js';
import { Outside } from '../../../src/doctor/outside.js';
import { SystemClock } from '../../../src/shared/clock.js';
import { AesSealer } from '../../../src/shared/sealing/aes-sealer.js';
import { CarrierAccounts } from '../../../src/tenants/carrier-accounts.js';
import type { CheckJson, RunEvent } from '../ask.js';
import { examineAlone, examineSettings } from './examine.js';
import { holderOf, listenersIn } from './port-holder.js';

const SID = `AC${'0'.repeat(32)}`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-doctor-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function examined(env: Record<string, string> = {}, hangs = false) {
  const settings = parseSettings({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: directory, ...env });
  const events: RunEvent[] = [];
  const silence = { url: 'http://127.0.0.1:8000', hangs };
  const noName = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  const outside = new Outside({ lookup: () => Promise.reject(noName) });
  const diagnosis = await examineAlone(settings, silence, (one) => events.push(one), outside);
  const checks = new Map<string, CheckJson>(diagnosis.checks.map((one) => [one.name, one]));
  return { diagnosis, checks, events };
}

describe('an examination without the service', () => {
  it('tells of the service, and of a first start that was not yet', async () => {
    const { diagnosis, checks, events } = await examined();
    expect(diagnosis.status).toBe('down');
    const down = diagnosis.checks.filter(({ status }) => status === 'down');
    expect(down).toMatchObject([{ name: 'service', fix: expect.stringContaining('npm start') }]);
    expect(checks.get('store')).toMatchObject({ status: 'skipped' });
    expect(checks.get('dns')?.seen).toContain('simulated carrier');
    expect(checks.get('settings')?.status).toBe('up');
    expect(checks.get('disk')?.seen).toContain('MiB are free');
    const finished = events.filter(({ state }) => state === 'finished');
    expect(finished).toHaveLength(diagnosis.checks.length);
  });

  it('reads the store, and sees that a process has it to itself', async () => {
    const database = new SqliteDatabase(directory);
    await database.open();
    const held = await examined({}, true);
    expect(held.checks.get('store')).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining('has the store in DATA_DIR to itself'),
    });
    expect(held.checks.get('service')?.seen).toContain('hangs');
    await database.close();
    const { checks } = await examined();
    expect(checks.get('store')).toMatchObject({ status: 'up', detail: { missing: [] } });
    const damaged = join(directory, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'patchbay.db'), 'no database at all, and long enough to see');
    expect((await examined({ DATA_DIR: damaged })).checks.get('store')).toMatchObject({
      status: 'down',
      fix: expect.stringContaining('backup'),
    });
  });

  it('asks the carriers of the accounts in the store, whose secrets it can read', async () => {
    const database = new SqliteDatabase(directory);
    await database.open();
    const key = randomBytes(32);
    const sealer = new AesSealer({ current: key, previous: null });
    const made = await new CarrierAccounts(database, sealer, new SystemClock()).create(
      { key: 'twilio-uk', provider: 'twilio', accountId: SID },
      {
        name: 'UK',
        settings: {
          account_sid: SID,
          from_numbers: ['+12025550100'],
          api_base_url: 'http://127.0.0.1:1',
        },
        secrets: { auth_token: 'f'.repeat(32) },
        callsPerSecond: 1,
        maxConcurrentCalls: null,
        enabled: true,
      },
    );
    expect(made.kind).toBe('created');
    await database.close();
    const { checks } = await examined({ CREDENTIALS_KEY: key.toString('base64') });
    expect(checks.get('carrier-credentials')).toMatchObject({
      status: 'down',
      seen: expect.stringContaining('API cannot be asked'),
    });
    // With another key nothing of it can be read, and nobody is asked.
    const other = await examined({ CREDENTIALS_KEY: randomBytes(32).toString('base64') });
    expect(other.checks.get('carrier-credentials')).toMatchObject({ status: 'skipped' });
  });

  it('names PostgreSQL that refuses connections, a carrier that cannot be asked, and who has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      const { diagnosis, checks } = await examined({
        PORT: String(port),
        DATABASE_URL: 'postgres://patchbay:password-of-the-store@127.0.0.1:1/patchbay',
        API_KEY: 'a-key-that-is-long-enough-for-us',
        PUBLIC_URL: 'https://calls.example.com',
        TWILIO_ACCOUNT_SID: SID,
        TWILIO_AUTH_TOKEN: 'f'.repeat(32),
        TWILIO_FROM_NUMBERS: '+12025550100',
        TWILIO_API_BASE_URL: 'http://127.0.0.1:1',
      });
      expect(checks.get('store')).toMatchObject({
        status: 'down',
        seen: 'PostgreSQL at 127.0.0.1:1 refuses connections.',
      });
      expect(checks.get('dns')?.seen).toContain('cannot be looked up (ENOTFOUND)');
      expect(checks.get('carrier-credentials')).toMatchObject({ status: 'down' });
      expect(checks.get('ports')).toMatchObject({
        status: 'down',
        seen: expect.stringContaining(`port ${port} on 127.0.0.1 is in use`),
      });
      if (process.platform === 'linux') {
        expect(await holderOf(port)).toContain(`(process ${process.pid})`);
      }
      const shown = JSON.stringify(diagnosis);
      for (const secret of ['password-of-the-store', 'ffff', '2025550100', 'a-key-that']) {
        expect(shown).not.toContain(secret);
      }
    } finally {
      other.close();
    }
  });

  it('of settings that cannot be read names each variable', () => {
    let wrong: unknown;
    try {
      parseSettings({ PORT: 'x', LOG_LEVEL: 'loud' });
    } catch (error) {
      wrong = error;
    }
    if (!(wrong instanceof SettingsError)) throw wrong;
    expect(examineSettings(wrong)).toMatchObject({
      status: 'down',
      checks: [{ name: 'settings', detail: { variables: ['PORT', 'LOG_LEVEL'] } }],
    });
  });
});

describe('the table of sockets', () => {
  it('is read for those that listen', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:1F40 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1`;
    expect(listenersIn(table, 8_000)).toEqual(['4711']);
    expect(listenersIn('', 8_000)).toEqual([]);
  });
});

import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { Client } from 'pg';
import { parseSettings } from '../../src/parse-settings.js';
import { SqliteDatabase } from '../../src/database/sqlite-database.js';
import { startService } from '../../src/service.js';
import { claimedPort } from '../support/claimed-port.js';
import { StartError } from '../../src/shared/start-error.js';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../../tools/carrier/spec-certificate.js';
import { API_KEY } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { directory, endPrograms, lineOf, logOf, start } from '../support/program.js';
import type { StartOptions } from '../support/program.js';
import { testLog, testLogLevel } from '../support/test-logs.js';
import { postgresStore, startPostgres } from '../support/stores.js';

const NOBODY = 65_534;
const QUIET = { SIMULATED_CARRIER: 'off', TUNNEL_METRICS_URL: 'http://127.0.0.1:1' };

afterAll(endPrograms);

/** The service must not start; what is told about it. */
async function refusal(env: Record<string, string>): Promise<string> {
  const settings = parseSettings({
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: join(await directory(), 'data'),
    LOG_LEVEL: testLogLevel(),
    ...QUIET,
    ...env,
  });
  const error: unknown = await startService(settings, { log: testLog() }).then(
    async (service) => {
      await service.stop();
      return new Error('it started');
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof StartError)) throw error;
  return error.message;
}

/** The program itself must end, with one message and no trace of the stack. */
async function exitOf(
  env: Record<string, string>,
  options: StartOptions & { cwd?: string } = {},
): Promise<string> {
  const one = start(options.cwd ?? (await directory()), { ...QUIET, ...env }, options);
  expect([await one.exited, one.stderr]).toEqual([1, expect.any(String)]);
  expect(one.stderr).not.toMatch(/^\s+at |node:internal|UnhandledPromise/m);
  expect(one.stderr.match(/cannot start/g) ?? []).toHaveLength(1);
  expect(logOf(one).map(({ event }) => event)).not.toContain('service.listening');
  return one.stderr;
}

/** As somebody who may do nothing; null, and a line that says why, where there is no such user or our files are not his to read. */
function asNobody(): { uid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  const program = resolve('dist/src/main.js');
  const looked = spawnSync(process.execPath, ['-e', `fs.readFileSync('${program}')`], {
    uid: NOBODY,
    gid: NOBODY,
  });
  if (looked.status === 0) return { uid: NOBODY };
  process.stderr.write(
    '\nanother user cannot read this checkout: tests of permissions are skipped\n',
  );
  return null;
}
const nobody = asNobody();

describe('a start that cannot be', () => {
  it.each([['PORT'], ['OPERATIONS_PORT']])(
    '%s is in use: it is named, with what to do',
    async (name) => {
      const holder = createServer().listen(0, '127.0.0.1');
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      const told = await refusal({ [name]: String(port) });
      holder.close();
      expect(told).toBe(
        `Patchbay cannot start: port ${port} on 127.0.0.1 is in use (EADDRINUSE).\n  ${name}: Stop what listens there, or set another port.`,
      );
    },
  );

  it.each([['192.0.2.77'], ['no-such-host.invalid']])(
    'HOST=%s is no address here',
    async (HOST) => {
      const told = await refusal({ HOST });
      expect(told).toContain(`${HOST} is no address of this machine`);
      expect(told).toMatch(/^ {2}HOST: Set it to 0\.0\.0\.0/m);
    },
  );

  it('DATA_DIR below a file', async () => {
    const cwd = await directory();
    await writeFile(join(cwd, 'file'), '');
    const told = await refusal({ DATA_DIR: join(cwd, 'file', 'data') });
    expect(told).toMatch(/a file stands where a directory should be \(ENOTDIR\).\n {2}DATA_DIR: /);
  });

  it('a database that is none, and one of a newer release', async () => {
    const cwd = await directory();
    const data = join(cwd, 'data');
    await mkdir(data);
    const path = join(data, 'patchbay.db');
    await writeFile(path, 'this is no database, but long enough to be looked at '.repeat(40));
    expect(await refusal({ DATA_DIR: data })).toMatch(/no database at all.*\n {2}DATA_DIR: Move/);

    await rm(path);
    const first = new SqliteDatabase(data);
    await first.open();
    await first.close();
    const file = new Libsql(path);
    file.exec("insert into kysely_migration values ('9999-from-the-future', '2099')");
    file.exec("update cell set min_compatible = '9999-from-the-future'");
    file.close();
    const told = await refusal({ DATA_DIR: data });
    expect(told).toMatch(/written by a newer release.*9999-from-the-future.*\n {2}DATA_DIR: /);
  });

  it('an API key file that holds none', async () => {
    const cwd = await directory();
    await mkdir(join(cwd, 'data'));
    await writeFile(join(cwd, 'data', 'api-key'), 'hush hush\n');
    const told = await refusal({ DATA_DIR: join(cwd, 'data') });
    expect(told).toMatch(/api-key is no API key.\n {2}DATA_DIR: It must be at least 24/);
    expect(told).not.toContain('hush');
  });

  it('MEDIA_DIR that is a file', async () => {
    const cwd = await directory();
    await writeFile(join(cwd, 'sounds'), '');
    const told = await refusal({ MEDIA_DIR: join(cwd, 'sounds') });
    expect(told).toMatch(/sounds cannot be used: .*\n {2}MEDIA_DIR: /);
  });

  (nobody ? describe : describe.skip)('for want of permissions', () => {
    it.each([['DATA_DIR'], ['MEDIA_DIR']])('%s is not ours', async (name) => {
      const cwd = await directory();
      await chmod(cwd, 0o755);
      const theirs = join(cwd, 'theirs');
      const ours = join(cwd, 'ours');
      await mkdir(theirs, { mode: name === 'MEDIA_DIR' ? 0o000 : 0o555 });
      await mkdir(ours);
      await chmod(ours, 0o777);
      const told = await exitOf({ DATA_DIR: ours, [name]: theirs }, { ...nobody!, cwd });
      expect(told).toMatch(
        new RegExp(`theirs.*(this user may not use it|cannot be opened|written).*\\n {2}${name}: `),
      );
    });

    it('a privileged port', async () => {
      const from = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
      if (existsSync(from) && Number(readFileSync(from, 'utf8')) === 0) {
        process.stderr.write('\nevery port is free to everyone here: not tested\n');
        return;
      }
      const cwd = await directory();
      await chmod(cwd, 0o777);
      const told = await exitOf({ PORT: '81' }, { ...nobody!, cwd });
      expect(told).toMatch(/may not listen on port 81.*\n {2}PORT: Set a port above 1023/);
    });
  });
});

const server = await startPostgres();

(server ? describe : describe.skip)('a start with PostgreSQL', () => {
  const base = server?.url() ?? '';
  let home: string;
  const impostors: Server[] = [];

  beforeAll(async () => {
    // The test server lets everybody in; here one role has to say a password.
    home = await mkdtemp(join(tmpdir(), 'patchbay-hba-'));
    await chmod(home, 0o755);
    const hba = join(home, 'pg_hba.conf');
    await writeFile(
      hba,
      'host all secured 127.0.0.1/32 scram-sha-256\nhost all kept_out 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\n',
      { mode: 0o644 },
    );
    const client = new Client({ connectionString: base });
    await client.connect();
    for (const statement of [
      "create role secured login password 'open-sesame'",
      'create role kept_out login',
      'create role weak login',
      `alter system set hba_file = '${hba}'`,
    ]) {
      await client.query(statement);
    }
    await client.end();
    await server?.stop();
    await server?.start();
  }, 60_000);
  afterAll(async () => {
    for (const impostor of impostors) impostor.close();
    await server?.dispose();
    await rm(home, { recursive: true, force: true });
  });

  const at = (user: string, database = 'postgres', query = ''): string =>
    `postgres://${user}@127.0.0.1:${server?.port}/${database}${query}`;
  const pgEnv = (DATABASE_URL: string) => ({ API_KEY, DATABASE_URL });

  it.each([
    ['a wrong password', 'secured:wrong-hush', 'postgres', /name or the password \(28P01\)/],
    ['no password', 'secured', 'postgres', /asks for a password/],
    ['an unknown user', 'stranger:wrong-hush', 'postgres', /does not let this user in.*28000/],
    ['a user who is kept out', 'kept_out:wrong-hush', 'postgres', /does not let this user in/],
    ['an unknown database', 'postgres:wrong-hush', 'nowhere', /no such database \(3D000\)/],
    ['a user without rights', 'weak:wrong-hush', 'postgres', /create or use our tables \(42501\)/],
  ])('%s: one message that names DATABASE_URL', async (_what, user, database, seen) => {
    const told = await refusal(pgEnv(at(user, database)));
    expect(told).toMatch(seen);
    expect(told).toMatch(/^ {2}DATABASE_URL: /m);
    expect(told).toContain(`127.0.0.1:${server?.port}`);
    expect(told).not.toContain('hush');
  });

  it('a server without TLS, one with a private authority, and an authority that is not there', async () => {
    expect(await refusal(pgEnv(at('postgres', 'postgres', '?sslmode=require')))).toMatch(
      /does not speak TLS.\n {2}DATABASE_URL: /,
    );
    const impostor = createServer((socket) => void answerWithTls(socket)).listen(0, '127.0.0.1');
    impostors.push(impostor);
    await once(impostor, 'listening');
    const { port } = impostor.address() as AddressInfo;
    const url = `postgres://u:hush@127.0.0.1:${port}/calls?sslmode=require`;
    const told = await refusal(pgEnv(url));
    expect(told).toMatch(
      /certificate of PostgreSQL at .* is not trusted.*\n {2}DATABASE_URL: .*sslrootcert/,
    );
    expect(told).not.toContain('hush');
    expect(await refusal(pgEnv(`${url}&sslrootcert=/nowhere/ca.pem`))).toMatch(
      /a file that the URL names cannot be read \(ENOENT\).\n {2}DATABASE_URL: /,
    );
  });

  it('the program itself ends with that message and exit code 1', async () => {
    const told = await exitOf(pgEnv(at('secured:wrong-hush')));
    expect(told).toMatch(/^Patchbay cannot start: .*28P01.*\n {2}DATABASE_URL: .*\n$/);
  });

  it('a store of a newer release', async () => {
    const store = await postgresStore(base);
    const url = store.env['DATABASE_URL'] ?? '';
    await store.database.close();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query("insert into kysely_migration values ('9999-from-the-future', '2099')");
    await client.query("update cell set min_compatible = '9999-from-the-future'");
    await client.end();
    expect(await refusal(pgEnv(url))).toMatch(/newer release.*\n {2}DATABASE_URL: /);
    await store.remove();
  });

  it('with the simulated carrier beside another instance: it waits, says why, and serves once that is gone', async () => {
    const store = await postgresStore(base);
    const url = store.env['DATABASE_URL'] ?? '';
    await store.database.close();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`insert into instances (instance_id, name, lease_until)
      values ('other', 'there', (extract(epoch from now()) * 1000)::bigint + 600000)`);
    const one = start(await directory(), pgEnv(url));
    const waits = await until(() => lineOf(one, 'store.waits_to_be_alone'), 'it waits');
    expect(waits).toMatchObject({
      level: 'warn',
      cause: expect.stringMatching(/^another Patchbay is using .* simulated carrier .*: configure/),
    });
    expect(lineOf(one, 'service.listening')).toBeUndefined();
    // Killed, it left its lease behind, which lapses.
    await client.query('update instances set lease_until = 1');
    expect(await until(() => lineOf(one, 'service.listening'), 'listening')).toMatchObject({
      ready: true,
    });
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
    await client.end();
    await store.remove();
  });

  it('unreachable: it serves, unready, and says so with host, port and cause', async () => {
    const port = await claimedPort();
    const one = start(await directory(), {
      ...QUIET,
      ...pgEnv(`postgres://u:open-sesame@127.0.0.1:${port}/calls`),
    });
    const away = await until(() => lineOf(one, 'store.unavailable'), 'the outage');
    expect(away).toMatchObject({
      level: 'error',
      host: '127.0.0.1',
      port,
      cause: `PostgreSQL at 127.0.0.1:${port} refuses connections`,
      fix: expect.any(String),
    });
    const listening = await until(() => lineOf(one, 'service.listening'), 'listening');
    expect(listening).toMatchObject({
      level: 'warn',
      ready: false,
      not_ready_because: away['cause'],
    });
    const health = await fetch(`${String(listening['url'])}/health/ready`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      reasons: [`store: ${String(away['cause'])}`],
      store: { up: false, reason: away['cause'] },
    });
    // Told once for as long as it is the same: not with every attempt, twice a second.
    await new Promise((next) => setTimeout(next, 2_000));
    expect(logOf(one).filter(({ event }) => event === 'store.unavailable')).toHaveLength(1);
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
    expect(one.stdout + one.stderr).not.toContain('open-sesame');
  });
});

/** As a PostgreSQL that agrees to TLS does, with a certificate that nobody knows. */
async function answerWithTls(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  await once(socket, 'data');
  socket.write('S');
  const secure = new TLSSocket(socket, { isServer: true, cert: SPEC_CERTIFICATE, key: SPEC_KEY });
  secure.on('error', () => undefined);
}

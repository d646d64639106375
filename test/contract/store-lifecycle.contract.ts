import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AccessSettings, StoreSettings } from '../../src/config/settings.js';
import { Instance } from '../../src/cluster/instance.js';
import type { Database } from '../../src/database/database.js';
import { SystemClock } from '../../src/shared/clock.js';
import { ApiKeys } from '../../src/tenants/api-keys.js';
import { FirstStart } from '../../src/tenants/first-start.js';
import { SettingsKey } from '../../src/tenants/settings-key.js';
import { SettingsKeys } from '../../src/tenants/settings-keys.js';
import { Users } from '../../src/tenants/users.js';
import { Workflows } from '../../src/tenants/workflows.js';
import { ledgerBench, SilentLog, statusCallback } from '../support/ledger-builders.js';
import { toSchemaOf } from '../support/old-schema.js';
import type { TestStore } from '../support/stores.js';
import { expectQuick, PATIENCE_MS } from '../support/patience.js';

const clock = new SystemClock();
const KEYS = ['the-first-key-of-user-one-0123', 'the-second-key-of-user-one-456'] as const;
const HOLDER = join(import.meta.dirname, '..', 'support', 'store-holder.mjs');

export function lifecycleContract(store: () => TestStore): void {
  test('the first start makes user 1 and workflows 1 and 2; the second adds nothing', async () => {
    const { database } = store();
    await firstStart(database, KEYS[0]);
    await firstStart(database, KEYS[0]);
    const users = new Users(database, clock);
    const workflows = new Workflows(database, clock);
    expect(await users.list(null, 9)).toMatchObject([{ userId: 1 }]);
    expect((await workflows.page(1, null, 9)).workflows).toMatchObject([
      { workflowId: 1, name: 'Echo', agent: 'echo' },
      { workflowId: 2, name: 'Welcome', agent: 'menu', recording: true },
    ]);
    expect(await new ApiKeys(database, clock).authenticate(KEYS[0])).toMatchObject({ userId: 1 });
    // The store counts on from there.
    expect(await users.create('Grace')).toMatchObject({ userId: 2 });
    const fields = {
      agent: 'echo',
      agentOptions: {},
      recording: false,
      recordingNotice: null,
      bargeIn: false,
      bargeInSensitivity: 'normal' as const,
      bargeInEcho: 'auto' as const,
      turnSilenceMs: 600,
      transcription: true,
      onFailure: null,
      onResume: null,
      onWait: null,
      routes: [],
      onMachine: 'ignore' as const,
      transferTargets: null,
    };
    expect(await workflows.create(2, { name: 'Second', ...fields })).toMatchObject({
      workflowId: 3,
    });
  });

  test('a new API_KEY replaces the old one, and the old one can come back', async () => {
    const { database } = store();
    const opens = async (): Promise<boolean[]> => {
      const keys = new ApiKeys(database, clock);
      return Promise.all(KEYS.map(async (key) => (await keys.authenticate(key)) !== null));
    };
    await firstStart(database, KEYS[0]);
    await firstStart(database, KEYS[1]);
    expect(await opens()).toEqual([false, true]);
    await firstStart(database, KEYS[0]);
    expect(await opens()).toEqual([true, false]);
  });

  test('without an API_KEY one is generated, once, into a file for nobody else', async () => {
    const { database } = store();
    const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-key-'));
    try {
      await firstStart(database, null, dataDir);
      await firstStart(database, null, dataDir);
      const path = join(dataDir, 'api-key');
      const key = readFileSync(path, 'utf8').trim();
      expect(key).toMatch(/^pbk_[\w-]{43}$/);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const keys = new ApiKeys(database, clock);
      expect(await keys.authenticate(key)).toMatchObject({ userId: 1 });
      expect((await keys.list([1])).get(1)).toHaveLength(1);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  test('opened again it has everything, and migrates nothing twice', async () => {
    const { database, another } = store();
    const { ledger, run } = await ledgerBench(database);
    const { runId } = await run();
    await ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
    await database.close();
    await expect(ledger.find({ runId })).rejects.toMatchObject({ code: 'store_unavailable' });
    for (let round = 0; round < 2; round += 1) {
      const again = another();
      await again.open();
      expect(await again.report()).toMatchObject({ up: true, migrated: true });
      const rows = await again.read((db) => db.selectFrom('runs').selectAll().execute());
      expect(rows).toMatchObject([{ run_id: runId, status: 'ringing' }]);
      await again.close();
    }
  });

  test('calls of the release before are known to have been simulated by the name they had us by', async () => {
    const { database, another } = store();
    await toSchemaOf(database, '0004-deliveries-by-endpoint');
    const [simulated, real] = await database.write(async (trx) => {
      await sql`insert into users (name, created_at) values ('one', 0)`.execute(trx);
      await sql`insert into workflows (user_id, name, agent, agent_options, recording, created_at, updated_at)
        values (1, 'Echo', 'echo', '{}', 0, 0, 0)`.execute(trx);
      const runs = ['https://patchbay.internal', 'https://gw.example.com'].map((origin, index) =>
        sql<{
          run_id: number;
        }>`insert into runs (workflow_id, user_id, direction, provider, account_id,
          from_number, to_number, status, context, facts, agent, agent_options, recording, public_origin,
          ring_timeout_seconds, max_duration_seconds, created_at, updated_at, position)
          values (1, 1, 'outbound', 'twilio', 'AC1', '+15005550006', '+12025550143', 'queued', '{}', '{}',
            'echo', '{}', 0, ${origin}, 60, 60, 0, 0, ${index + 1}) returning run_id`.execute(trx),
      );
      return (await Promise.all(runs)).map(({ rows }) => Number(rows[0]?.run_id));
    });
    await database.close();
    const again = another();
    await again.open();
    try {
      const { ledger } = await ledgerBench(again);
      expect(await ledger.find({ runId: simulated ?? 0 })).toMatchObject({ simulated: true });
      expect(await ledger.find({ runId: real ?? 0 })).toMatchObject({ simulated: false });
    } finally {
      await again.close();
    }
  });

  test('a schema of a newer release is left as it is, where that release says that this one may work beside it', async () => {
    const { database, another } = store();
    const { run } = await ledgerBench(database);
    const { runId } = await run();
    const newer = async (on: Database, oldest: string): Promise<void> => {
      await on.write(async (trx) => {
        await sql`insert into kysely_migration values (${`9999-${oldest}`}, '2099')`.execute(trx);
        await trx.updateTable('cell').set({ min_compatible: oldest, schema: '9999' }).execute();
      });
      await on.close();
    };
    await newer(database, '0006-several-writers');
    const beside = another();
    await beside.open();
    const { ledger } = await ledgerBench(beside);
    await ledger.change({ runId }, (draft) => draft?.record(statusCallback('ringing', 1)));
    expect(await ledger.find({ runId })).toMatchObject({ status: 'ringing' });
    const cell = await beside.read((db) => db.selectFrom('cell').selectAll().execute());
    expect(cell).toMatchObject([{ schema: '9999' }]);
    await newer(beside, '9999-contract');
    const tooOld = another();
    await expect(tooOld.open()).rejects.toThrow(
      /written by a newer release .*from 9999-contract on/,
    );
    await tooOld.close();
  });

  test('kill -9 leaves the store to the next at once, and what was acknowledged is there', async () => {
    const { another, database, env } = store();
    await database.close();
    const child = spawn(process.execPath, [HOLDER], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let saved = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [what, id] = line.split(' ');
      if (what === 'saved') saved = Number(id);
      if (saved >= 50) child.kill('SIGKILL');
    }
    await ended;
    const again = another(PATIENCE_MS);
    const started = performance.now();
    await again.open();
    try {
      expectQuick(performance.now() - started, 3_000);
      const users = await again.read((db) => db.selectFrom('users').selectAll().execute());
      expect(saved).toBeGreaterThanOrEqual(50);
      expect(users.length).toBeGreaterThanOrEqual(saved);
    } finally {
      await again.close();
    }
  });

  test('work on a closed store says that the store is unavailable', async () => {
    const { another } = store();
    const closed = another();
    const asked = closed.read((db) => db.selectFrom('users').selectAll().execute());
    await expect(asked).rejects.toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(await closed.report()).toMatchObject({ up: false });
    await closed.close();
  });
}

async function firstStart(
  database: Database,
  key: string | null,
  dataDir = '/nowhere',
): Promise<void> {
  const settings = new StoreSettings({ dataDir });
  const log = new SilentLog();
  const settingsKey = new SettingsKey(new AccessSettings({ apiKey: key }), settings, log);
  const start = new FirstStart(
    database,
    settingsKey,
    new SettingsKeys(database, new Instance(), clock, log),
    clock,
    log,
  );
  await start.onModuleInit();
  await start.onApplicationShutdown();
}

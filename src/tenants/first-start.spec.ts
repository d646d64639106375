import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Instance } from '../cluster/instance.js';
import { AccessSettings, StoreSettings } from '../config/settings.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { SetClock, SilentLog } from '../../test/support/ledger-builders.js';
import { until } from '../../test/support/patience.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { ApiKeys } from './api-keys.js';
import { FirstStart } from './first-start.js';
import { SettingsKey } from './settings-key.js';
import { SettingsKeys } from './settings-keys.js';
import { Workflows } from './workflows.js';

const NOON = new Date('2026-03-01T12:00:00Z');
const KEY = 'k'.repeat(24);

class ErrorLog extends SilentLog {
  readonly errors: string[] = [];
  override error(event?: string): void {
    this.errors.push(event ?? '');
  }
}

describe('the first start', () => {
  let store: TestStore;
  let dataDir = '';
  let log: ErrorLog;

  beforeEach(async () => {
    store = await sqliteStores.create();
    dataDir = join(await mkdtemp(join(tmpdir(), 'patchbay-first-')), 'data');
    log = new ErrorLog();
  });
  afterEach(async () => {
    await store.remove();
    await rm(join(dataDir, '..'), { recursive: true, force: true });
  });

  const clock = new SetClock(NOON);
  const starting = (apiKey: string | null) =>
    new FirstStart(
      store.database,
      new SettingsKey(new AccessSettings({ apiKey }), new StoreSettings({ dataDir }), log),
      new SettingsKeys(store.database, new Instance(), clock, log),
      clock,
      log,
    );
  const start = async (apiKey: string | null): Promise<FirstStart> => {
    const first = starting(apiKey);
    await first.onModuleInit();
    await first.onApplicationShutdown();
    return first;
  };
  const userOf = (key: string) => new ApiKeys(store.database, clock).authenticate(key);
  const fileKey = (): string => readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  /** Fails the next writes. */
  const failing = (errors: Error[]): void => {
    const { database } = store;
    const write = database.write.bind(database);
    database.write = async (work) => {
      const error = errors.shift();
      if (error) throw error;
      return write(work);
    };
  };

  it('puts user 1, a key and the workflow Echo into an empty store', async () => {
    expect((await start(KEY)).foundEmpty).toBe(true);
    expect(await userOf(KEY)).toEqual({ userId: 1, keyId: 1 });
    expect(await new Workflows(store.database, clock).find(1)).toEqual({
      workflowId: 1,
      userId: 1,
      version: 1,
      name: 'Echo',
      agent: 'echo',
      agentOptions: {},
      recording: false,
      recordingNotice: null,
      bargeIn: false,
      bargeInSensitivity: 'normal',
      bargeInEcho: 'auto',
      turnSilenceMs: 600,
      transcription: true,
      onFailure: null,
      onResume: null,
      onWait: null,
      routes: [],
      transferTargets: null,
      onMachine: 'ignore',
      createdAt: NOON,
      updatedAt: NOON,
    });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('changes nothing in a store that has a user', async () => {
    await start(KEY);
    await new Workflows(store.database, clock).delete(1, 1);
    expect((await start(KEY)).foundEmpty).toBe(false);
    expect(await new Workflows(store.database, clock).find(1)).toBeNull();
    expect(await userOf(KEY)).not.toBeNull();
  });

  it('a new key in the settings replaces the old one, and an old key that comes back is valid again', async () => {
    const other = 'o'.repeat(24);
    await start(KEY);
    const issued = await new ApiKeys(store.database, clock).issue(1, 'laptop');
    await start(other);
    expect(await userOf(KEY)).toBeNull();
    expect(await userOf(other)).toMatchObject({ userId: 1 });
    expect(await userOf(issued.key)).not.toBeNull();
    await start(KEY);
    expect(await userOf(KEY)).toMatchObject({ userId: 1 });
    expect(await userOf(other)).toBeNull();
  });

  it('makes a key that nobody else can read if the settings have none, and keeps it', async () => {
    await start(null);
    const key = fileKey();
    expect(key).toMatch(/^pbk_[\w-]{43}$/);
    expect(await userOf(key)).toMatchObject({ userId: 1 });
    expect(statSync(join(dataDir, 'api-key')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(await readdir(dataDir)).toEqual(['api-key']);
    await start(null);
    expect(fileKey()).toBe(key);
    expect(await userOf(key)).not.toBeNull();
  });

  it('a key file that is empty is written again, and one with spaces around its key is read', async () => {
    await start(null);
    await writeFile(join(dataDir, 'api-key'), '\n');
    await start(null);
    expect(await userOf(fileKey())).not.toBeNull();
    await writeFile(join(dataDir, 'api-key'), `  ${KEY}\n`);
    await start(null);
    expect(await userOf(KEY)).not.toBeNull();
  });

  it('a fault of the settings stops it, but a store that is down is tried again until it is up', async () => {
    failing([new Error('broken')]);
    await expect(starting(KEY).onModuleInit()).rejects.toThrow('broken');

    failing([
      new StoreUnavailableError('down'),
      new Error('odd'),
      new StoreUnavailableError('down'),
    ]);
    const first = starting(KEY);
    await first.onModuleInit();
    expect(await userOf(KEY)).toBeNull();
    const giveUpAt = Date.now() + 20_000;
    while (!(await userOf(KEY)) && Date.now() < giveUpAt) {
      await new Promise((next) => setTimeout(next, 20));
    }
    expect(await userOf(KEY)).not.toBeNull();
    // Other faults meanwhile are logged and are no reason to give up.
    expect(log.errors).toEqual(['first_start.failed']);
    await first.onApplicationShutdown();
  });

  it('gives up when it is asked to stop', async () => {
    failing(Array.from({ length: 100 }, () => new StoreUnavailableError('down')));
    const first = starting(KEY);
    await first.onModuleInit();
    await first.onApplicationShutdown();
    expect(await userOf(KEY)).toBeNull();
  });

  it('waits for the attempt under way when it is asked to stop', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let attempts = 0;
    store.database.write = async () => {
      attempts += 1;
      if (attempts > 1) await held;
      throw new StoreUnavailableError('down');
    };
    const first = starting(KEY);
    await first.onModuleInit();
    await until(() => attempts === 2);
    let stopped = false;
    const stopping = first.onApplicationShutdown().then(() => (stopped = true));
    await new Promise((next) => setImmediate(next));
    expect(stopped).toBe(false);
    release();
    expect(await stopping).toBe(true);
  });
});

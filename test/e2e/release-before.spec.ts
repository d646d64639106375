import { relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { migrate } from '../../tools/migrate/migrate.js';
import { Api, type CallJson } from '../support/api.js';
import { LONG, until } from '../support/patience.js';
import { directory, endPrograms, lineOf, start, type Started } from '../support/program.js';
import { commitBefore, releaseBefore } from '../support/release-before.js';
import { postgresStores } from '../support/stores.js';

const KEY = 'a-key-that-is-long-enough-012345';

describe('the release before', () => {
  const changelog = [
    '## [Unreleased]',
    'Commit: 1111111',
    '## [0.3.0] - 2027-01-02',
    'Commit: 2222222',
    '## [0.2.0] - 2026-12-01',
    '',
    'Commit: 3333333',
    '## [0.1.0] - 2026-11-01',
    'Commit: 4444444',
  ].join('\n');

  it.each([
    ['0.3.0', '3333333'],
    ['0.4.0', '2222222'],
  ])('of %s is the newest in the changelog that is another', (version, commit) => {
    expect(commitBefore(changelog, version)).toBe(commit);
  });

  it('is none where the changelog does not name its commit', () => {
    expect(commitBefore(changelog.replace('Commit: 3333333', ''), '0.3.0')).toBeNull();
  });
});

const before = LONG ? await releaseBefore() : null;
const source = before ? await postgresStores() : null;

(before && source ? describe : describe.skip)('the release before, and this one', () => {
  afterAll(async () => {
    await endPrograms();
    before?.remove();
    await source?.dispose();
  });

  const listening = async (one: Started): Promise<Api> => {
    const line = await until(() => {
      if (one.child.exitCode !== null) throw new Error(`it ended: ${one.stderr}`);
      return lineOf(one, 'service.listening');
    }, 'listening');
    return new Api({ url: String(line['url']) }, KEY);
  };
  const liveCall = async (api: Api): Promise<number> => {
    const placed = await api.place({ to: '+12025550143' });
    await api.until(placed.workflow_run_id, (call) => call.streaming);
    return placed.workflow_run_id;
  };
  const end = async (api: Api, id: number): Promise<CallJson> => {
    await api.request('POST', `/telephony/calls/${id}/hangup`);
    return api.until(id, (call) => call.ended_at !== null);
  };
  const stop = async (one: Started): Promise<void> => {
    one.child.kill('SIGTERM');
    expect(await one.exited).toBe(0);
  };

  it('work on one store: this one migrates it beside a live call of the other, and either reads what the other wrote', async () => {
    const store = await source!.create();
    const url = store.env['DATABASE_URL'] ?? '';
    await store.database.write(async (trx) => {
      await sql`drop schema public cascade`.execute(trx);
      await sql`create schema public`.execute(trx);
    });
    await store.database.close();
    const env = { DATABASE_URL: url, API_KEY: KEY };
    const cwd = await directory();
    const startOld = () => start(cwd, env, { program: relative(resolve('dist'), before!.main) });
    const startNew = () =>
      start(cwd, { ...env, CREDENTIALS_KEY: Buffer.alloc(32, 1).toString('base64') });
    try {
      const old = startOld();
      const oldApi = await listening(old);
      const first = await liveCall(oldApi);
      const said: string[] = [];
      expect(
        await migrate(url, { check: false, waitSeconds: 600 }, (line) => said.push(line)),
      ).toBe(0);
      expect(said.at(-1)).toBe('The schema is up to date.');
      expect((await oldApi.call(first)).streaming).toBe(true);
      expect(await end(oldApi, first)).toMatchObject({ end_reason: 'api_hangup' });
      const second = await liveCall(oldApi);
      await end(oldApi, second);
      await stop(old);

      // With the instance lock, one release runs after the other. Once instances share a store,
      // both run here at the same time, and a call is moved each way.
      const young = startNew();
      const newApi = await listening(young);
      for (const id of [first, second]) {
        expect(await newApi.call(id)).toMatchObject({ end_reason: 'api_hangup' });
      }
      const third = await liveCall(newApi);
      await end(newApi, third);
      await stop(young);

      const again = startOld();
      const againApi = await listening(again);
      expect(await againApi.call(third)).toMatchObject({ end_reason: 'api_hangup' });
      const fourth = await liveCall(againApi);
      await end(againApi, fourth);
      await stop(again);
    } finally {
      await store.remove();
    }
  });
});

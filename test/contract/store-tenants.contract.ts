import { expect, test } from '@jest/globals';
import { Refusals } from '../../src/calls/refusals.js';
import { CallList } from '../../src/calls/ledger/call-list.js';
import { findParties } from '../../src/database/find-parties.js';
import { LiveRuns } from '../../src/calls/ledger/live-runs.js';
import { SystemClock } from '../../src/shared/clock.js';
import { ApiKeys } from '../../src/tenants/api-keys.js';
import { ConsoleSessions, SESSION_SECONDS } from '../../src/tenants/console-sessions.js';
import { PhoneNumbers } from '../../src/tenants/phone-numbers.js';
import { Users } from '../../src/tenants/users.js';
import { VERSIONS_PER_WORKFLOW, WorkflowVersions } from '../../src/tenants/workflow-versions.js';
import { Workflows, type Workflow } from '../../src/tenants/workflows.js';
import { ledgerBench, SetClock, SilentLog, statusCallback } from '../support/ledger-builders.js';
import type { TestStore } from '../support/stores.js';
import { until } from '../support/patience.js';

const clock = new SystemClock();

export function tenantsContract(store: () => TestStore): void {
  const workflowFor = async (account: string, names: readonly string[]) => {
    const workflow = await new Workflows(store().database, clock).answering(account, names);
    return workflow?.workflowId ?? null;
  };

  test('a number at a carrier is claimed by one workflow, even when many want it at once', async () => {
    const { workflowId } = await ledgerBench(store().database);
    const numbers = new PhoneNumbers(store().database, clock);
    const claim = { account: 'twilio', provider: 'twilio', number: '+15005550006', workflowId };
    const claims = await Promise.all(Array.from({ length: 10 }, () => numbers.claim(claim)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await numbers.claim({ ...claim, account: 'other', provider: 'other' })).toBe(true);
    expect(await workflowFor('twilio', ['+15005550006'])).toBe(workflowId);
    expect(await workflowFor('twilio', ['+15005550007'])).toBeNull();
    expect(await workflowFor('twilio', [])).toBeNull();
    expect(await numbers.release({ account: 'twilio', number: '+15005550006' })).toBe(true);
    expect(await numbers.release({ account: 'twilio', number: '+15005550006' })).toBe(false);
    // The other account's claim stays.
    expect(await numbers.list()).toMatchObject([{ account: 'other', number: '+15005550006' }]);
    expect(await numbers.release({ account: 'other', number: '+15005550006' })).toBe(true);
    expect(await numbers.list()).toEqual([]);
  });

  test('a console session lasts twelve hours, no longer than its key, and not after signing out', async () => {
    const { userId } = await ledgerBench(store().database);
    const keys = new ApiKeys(store().database, clock);
    const time = new SetClock(new Date('2026-11-23T10:00:00Z'));
    const sessions = new ConsoleSessions(store().database, time);
    const { keyId } = await keys.issue(userId, 'one');
    const other = await keys.issue(userId, 'two');
    const [mine, left, theirs] = [
      await sessions.begin(keyId),
      await sessions.begin(keyId),
      await sessions.begin(other.keyId),
    ];
    expect(await sessions.find(mine)).toEqual({ userId, keyId });
    expect(await sessions.find(`${mine.slice(0, -1)}!`)).toBeNull();
    await sessions.end(left);
    expect(await sessions.find(left)).toBeNull();
    await keys.revoke(userId, other.keyId);
    expect(await sessions.find(theirs)).toBeNull();
    time.advance(SESSION_SECONDS * 1000 - 1);
    expect(await sessions.find(mine)).not.toBeNull();
    time.advance(1);
    expect(await sessions.find(mine)).toBeNull();
    // Those that are over are swept out when the next one begins.
    await sessions.begin(keyId);
    const rows = await store().database.read((db) =>
      db.selectFrom('console_sessions').select('token_hash').execute(),
    );
    expect(rows).toHaveLength(1);
  });

  test('the refusals of one call are found among all, and live calls among the ended', async () => {
    const { run, ledger, userId } = await ledgerBench(store().database);
    const refusals = new Refusals(store().database, clock, new SilentLog());
    const [one, two] = [await run(), await run()];
    for (const { runId } of [one, two, one]) {
      refusals.note({ surface: 'answer', reason: 'run-unknown', httpStatus: 200, runId });
    }
    await until(async () => (await refusals.latest(10)).length >= 3);
    expect((await refusals.ofRun(one.runId)).map(({ runId }) => runId)).toEqual([
      one.runId,
      one.runId,
    ]);
    const calls = new CallList(store().database);
    const live = async () => (await calls.live(userId, 10)).map(({ runId }) => runId);
    expect(await live()).toEqual([two.runId, one.runId]);
    await ledger.change({ runId: two.runId }, (draft) =>
      draft?.record(statusCallback('failed', 1)),
    );
    expect(await live()).toEqual([one.runId]);
    expect(await calls.live(userId + 1, 10)).toEqual([]);
  });

  test('a workflow is not deleted while another is led to it at the same moment', async () => {
    const { userId } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const leadsOf = (_agent: string, { to }: Readonly<Record<string, unknown>>): number[] =>
      typeof to === 'number' ? [to] : [];
    for (let round = 0; round < 5; round += 1) {
      const [target, leader] = [await made('To'), await made('From')];
      const to = target.workflowId;
      const [led, deleted] = await Promise.all([
        workflows.update(leader, { agentOptions: { to } }, null, null, [to]),
        workflows.delete(userId, to, leadsOf),
      ]);
      expect(deleted === 'deleted').toBe(led === null);
      expect((await workflows.find(to)) === null).toBe(led === null);
    }
    async function made(name: string): Promise<Workflow> {
      const known = await workflows.find(1);
      const workflow = known && (await workflows.create(userId, { ...known, name }));
      if (!workflow) throw new Error('no workflow was made');
      return workflow;
    }
  });

  test('a workflow in use stays: a number leads to it, or a call of it goes on', async () => {
    const { ledger, run, userId, workflowId } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const numbers = new PhoneNumbers(store().database, clock);
    const { runId } = await run();
    await numbers.claim({
      account: 'twilio',
      provider: 'twilio',
      number: '+15005550006',
      workflowId,
    });
    expect(await workflows.delete(userId, workflowId)).toBe('in-use');
    await numbers.release({ account: 'twilio', number: '+15005550006' });
    expect(await workflows.delete(userId, workflowId)).toBe('in-use');
    await ledger.change({ runId }, (draft) => draft?.record(statusCallback('completed', 3)));
    expect(await workflows.delete(userId + 1, workflowId)).toBe('not-found');
    expect(await workflows.delete(userId, workflowId)).toBe('deleted');
    expect(await workflows.delete(userId, workflowId)).toBe('not-found');
    expect(await workflows.find(workflowId)).toBeNull();
    expect(await ledger.find({ runId })).toMatchObject({ workflowId });
  });

  test('a workflow is its owner’s alone, and keeps what it is given', async () => {
    const { userId, workflowId } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const workflow = await workflows.findOwned(userId, workflowId);
    expect(workflow).not.toBeNull();
    expect(await workflows.findOwned(userId + 1, workflowId)).toBeNull();
    if (!workflow) return;
    const changes = {
      agentOptions: { voice: 'Zoë' },
      recording: true,
      bargeIn: true,
      bargeInSensitivity: 'high' as const,
      bargeInEcho: 'off' as const,
      turnSilenceMs: 700,
      transcription: false,
      recordingNotice: 'Recorded.',
      onFailure: 'Sorry.',
      onResume: 'Thank you for waiting.',
      onWait: 'One moment, Zoë.',
      onMachine: { leave_message: 'Please call Zoë.' },
      transferTargets: [{ name: 'Zoë', to: '+12025550143' }],
    };
    const changed = await workflows.update(workflow, changes);
    expect(changed).toMatchObject({ ...changes, name: 'Echo' });
    expect(await workflows.page(userId, null, 9)).toEqual({ workflows: [changed], next: null });
    expect((await workflows.page(userId + 1, null, 9)).workflows).toEqual([]);
  });

  test('every change of a workflow is a version, also where many change it at once', async () => {
    const { userId, workflowId } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const versions = new WorkflowVersions(store().database);
    const workflow = await workflows.find(workflowId);
    if (!workflow) throw new Error('there is no workflow');
    const by = {
      userId,
      keyId: (await new ApiKeys(store().database, clock).issue(userId, 'crm')).keyId,
    };
    const names = ['one', 'two', 'three', 'four', 'five'];
    const changed = await Promise.all(
      names.map((name) => workflows.update(workflow, { name }, by)),
    );
    expect(changed.map((one) => one?.version ?? 0).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6]);
    // Nothing is changed, and a version is not made.
    expect(await workflows.update(workflow, {}, by)).toMatchObject({ version: 6 });
    const kept = await versions.list(workflowId, null, 9);
    expect(kept.map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(kept[0]).toMatchObject({ changed: ['name'], madeBy: { ...by, keyName: 'crm' } });
    for (const { version } of kept) {
      const name = changed.find((one) => one?.version === version)?.name ?? 'Echo';
      expect((await versions.find(workflowId, version))?.fields).toMatchObject({ name });
    }
    expect((await versions.list(workflowId, 3, 9)).map(({ version }) => version)).toEqual([2, 1]);
    expect(await versions.find(workflowId, 7)).toBeNull();
  });

  test('what a release without versions does to a workflow is kept when it is next read', async () => {
    const { userId, workflowId, run } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const versions = new WorkflowVersions(store().database);
    const asBefore = (set: { name?: string; version?: null; versioned_at?: null }, at: number) =>
      store().database.write((trx) =>
        trx
          .updateTable('workflows')
          .set({ ...set, updated_at: at })
          .where('workflow_id', '=', workflowId)
          .execute(),
      );
    await store().database.write((trx) => trx.deleteFrom('workflow_versions').execute());
    await asBefore({ version: null, versioned_at: null, name: 'Old' }, 1_000);
    // All of several that see it first see the same.
    const seen = await Promise.all([1, 2, 3].map(() => workflows.find(workflowId)));
    expect(seen.map((one) => one?.version)).toEqual([1, 1, 1]);
    await asBefore({ name: 'Late' }, 2_000);
    const { workflows: page } = await workflows.page(userId, null, 9);
    expect(page).toMatchObject([{ version: 2, name: 'Late', updatedAt: new Date(2_000) }]);
    // It was written without being changed.
    await asBefore({}, 3_000);
    expect(await workflows.find(workflowId)).toMatchObject({ version: 2 });
    await asBefore({ name: 'Later' }, 4_000);
    const workflow = page[0];
    if (!workflow) throw new Error('there is no workflow');
    expect(await workflows.update(workflow, { recording: true })).toMatchObject({
      version: 4,
      name: 'Later',
    });
    const kept = await versions.list(workflowId, null, 9);
    expect(kept.map(({ changed, createdAt }) => [changed, createdAt.getTime()]).slice(1)).toEqual([
      [['name'], 4_000],
      [['name'], 2_000],
      [[], 1_000],
    ]);
    expect(kept.map(({ madeBy }) => madeBy)).toEqual([null, null, null, null]);
    expect((await run()).workflowVersion).toBeNull();
  });

  test('of a workflow the newest versions are kept', async () => {
    const { workflowId } = await ledgerBench(store().database);
    const workflows = new Workflows(store().database, clock);
    const versions = new WorkflowVersions(store().database);
    const workflow = await workflows.find(workflowId);
    if (!workflow) throw new Error('there is no workflow');
    await store().database.write(async (trx) => {
      await trx.updateTable('workflow_versions').set({ version: VERSIONS_PER_WORKFLOW }).execute();
      await trx.updateTable('workflows').set({ version: VERSIONS_PER_WORKFLOW }).execute();
    });
    await workflows.update(workflow, { name: 'two' });
    await workflows.update(workflow, { name: 'three' });
    expect((await versions.list(workflowId, null, 9)).map(({ version }) => version)).toEqual([
      VERSIONS_PER_WORKFLOW + 2,
      VERSIONS_PER_WORKFLOW + 1,
      VERSIONS_PER_WORKFLOW,
    ]);
    await store().database.write((trx) =>
      trx
        .updateTable('workflow_versions')
        .set({ version: 2 })
        .where('version', '=', VERSIONS_PER_WORKFLOW)
        .execute(),
    );
    await workflows.update(workflow, { name: 'four' });
    const left = (await versions.list(workflowId, null, 9)).map(({ version }) => version);
    expect(left).toHaveLength(3);
    expect(left).not.toContain(2);
  });

  test('a key is told once, opens the door, and after its revocation no more', async () => {
    const { userId } = await new Users(store().database, clock).create('Grace');
    const keys = new ApiKeys(store().database, clock);
    const { key, keyId } = await keys.issue(userId, 'laptop');
    expect(await keys.authenticate(key)).toEqual({ userId, keyId });
    expect(await keys.authenticate(key.toUpperCase())).toBeNull();
    expect((await keys.list([userId])).get(userId)).toMatchObject([{ keyId, name: 'laptop' }]);
    expect(JSON.stringify([...(await keys.list([userId]))])).not.toContain(key);
    expect(await keys.revoke(userId + 1, keyId)).toBe(false);
    expect(await keys.authenticate(key)).not.toBeNull();
    const [revoked] = await Promise.all([keys.revoke(userId, keyId), keys.authenticate(key)]);
    expect(revoked).toBe(true);
    expect(await keys.authenticate(key)).toBeNull();
    expect(await keys.revoke(userId, keyId)).toBe(false);
  });

  test('calls are listed newest first, one user’s only, by every filter', async () => {
    const { ledger, run, userId, workflowId } = await ledgerBench(store().database);
    const list = new CallList(store().database);
    const first = await run({ providerCallId: 'CA1', to: '+12025550001' });
    const second = await run({ direction: 'inbound' });
    await ledger.change({ runId: first.runId }, (draft) =>
      draft?.record(statusCallback('busy', 1)),
    );
    const ids = async (filter: object): Promise<number[]> =>
      (await list.find({ userId, limit: 10, ...filter })).map(({ runId }) => runId);
    expect(await ids({})).toEqual([second.runId, first.runId]);
    expect(await ids({ limit: 1 })).toEqual([second.runId]);
    expect(await ids({ before: second.runId })).toEqual([first.runId]);
    expect(await ids({ status: 'busy' })).toEqual([first.runId]);
    expect(await ids({ direction: 'inbound' })).toEqual([second.runId]);
    expect(await ids({ number: '+12025550001' })).toEqual([first.runId]);
    expect(await ids({ providerCallId: 'CA1' })).toEqual([first.runId]);
    expect(await ids({ workflowId: workflowId + 1 })).toEqual([]);
    expect(await ids({ fromTime: second.createdAt, toTime: second.createdAt })).toEqual([]);
    expect(await ids({ userId: userId + 1 })).toEqual([]);
  });

  test('calls are found by the number inside an address, however it was told, until they are erased', async () => {
    const { database } = store();
    const { ledger, run, userId } = await ledgerBench(database);
    const list = new CallList(database);
    const ids = async (number: string): Promise<number[]> =>
      (await list.find({ userId, limit: 10, number })).map(({ runId }) => runId);
    const told = ['+12025550001', 'sip:+12025550001@x;y=1', '12025550001', 'whatsapp:+12025550001'];
    const runs = [];
    for (const to of told) runs.push(await run({ to }));
    runs.push(await run({ direction: 'inbound', from: '"A" <sips:12025550001@x>' }));
    const anna = await run({ direction: 'inbound', from: 'sip:Anna@Example.com:5060' });
    const nobody = await run({ direction: 'inbound', from: 'Anonymous' });
    const newestFirst = runs.map(({ runId }) => runId).reverse();
    const wanted = async (): Promise<void> => {
      for (const number of told) expect(await ids(number)).toEqual(newestFirst);
      expect(await ids('sips:Anna@example.com;transport=tls')).toEqual([anna.runId]);
      expect(await ids('sip:anna@example.com')).toEqual([]);
      expect(await ids('anonymous')).toEqual([nobody.runId]);
    };
    await wanted();
    expect(await list.find({ userId, limit: 2, number: '+12025550001' })).toHaveLength(2);

    // As the release before left them, and as one beside us still writes them.
    await database.write((trx) =>
      trx.updateTable('runs').set({ from_party: null, to_party: null }).execute(),
    );
    expect(await ids('+12025550001')).toEqual([runs[0]?.runId]);
    await database.write((trx) => findParties(trx, 3));
    await wanted();

    await ledger.change({ runId: anna.runId }, (draft) => draft?.erase());
    expect(await ids('sip:Anna@example.com')).toEqual([]);
    const rows = await database.read((db) =>
      db
        .selectFrom('runs')
        .select(['from_number', 'from_party'])
        .where('run_id', '=', anna.runId)
        .execute(),
    );
    expect(rows).toEqual([{ from_number: '', from_party: null }]);
  });

  test('of what a called party may have been claimed as, the first that is claimed counts', async () => {
    const { workflowId, run } = await ledgerBench(store().database);
    await run();
    const workflows = new Workflows(store().database, clock);
    const first = await workflows.find(workflowId);
    const other = await workflows.create(first?.userId ?? 0, {
      ...(first as NonNullable<typeof first>),
      name: 'Other',
    });
    const otherId = other?.workflowId ?? 0;
    const numbers = new PhoneNumbers(store().database, clock);
    const [address, number] = ['sip:+15005550006@x', '+15005550006'];
    await numbers.claim({ account: 'twilio', provider: 'twilio', number, workflowId });
    expect(await workflowFor('twilio', [address, number])).toBe(workflowId);
    await numbers.claim({
      account: 'twilio',
      provider: 'twilio',
      number: address,
      workflowId: otherId,
    });
    expect(await workflowFor('twilio', [address, number])).toBe(otherId);
    expect(await workflowFor('twilio', [number])).toBe(workflowId);
    expect(await workflowFor('other', [address, number])).toBeNull();
    expect(await numbers.lead({ account: 'twilio', number: address }, workflowId)).toMatchObject({
      number: address,
    });
    expect(await workflowFor('twilio', [address])).toBe(workflowId);
    expect(
      await numbers.lead({ account: 'twilio', number: '+15005550009' }, workflowId),
    ).toBeNull();
  });

  test('calls that are due for attention come longest waiting first, and no more once they are over', async () => {
    const setClock = new SetClock(new Date('2026-03-01T12:00:00.000Z'));
    const { ledger, leases, run } = await ledgerBench(store().database, setClock);
    const live = new LiveRuns(store().database, leases);
    const [first, second] = [await run(), await run()];
    setClock.advance(1_000);
    await ledger.change({ runId: first.runId }, (draft) =>
      draft?.record(statusCallback('ringing', 1)),
    );
    const due = async (limit: number): Promise<number[]> =>
      (await live.due(setClock.time, limit)).map(({ runId }) => runId);
    expect(await due(10)).toEqual([]);
    setClock.advance(120_000);
    expect(await due(10)).toEqual([second.runId, first.runId]);
    expect(await due(1)).toEqual([second.runId]);
    await ledger.change({ runId: second.runId }, (draft) =>
      draft?.record(statusCallback('busy', 1)),
    );
    expect(await due(10)).toEqual([first.runId]);
  });

  test('refusals are counted, and the latest kept', async () => {
    const refusals = new Refusals(store().database, clock, new SilentLog());
    const refusal = { surface: 'answer', reason: 'signature-mismatch', httpStatus: 403 } as const;
    for (let i = 0; i < 30; i += 1) refusals.note({ ...refusal, runId: i, detail: { i } });
    expect(refusals.counted()).toEqual([
      { surface: 'answer', reason: 'signature-mismatch', count: 30 },
    ]);
    await until(async () => (await refusals.latest(100)).length >= 20);
    const latest = await refusals.latest(5);
    expect(latest).toHaveLength(5);
    expect(latest[0]).toMatchObject({ ...refusal, detail: { i: latest[0]?.runId } });
  });
}

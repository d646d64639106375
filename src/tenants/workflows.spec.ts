import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ledgerBench, SetClock, statusCallback } from '../../test/support/ledger-builders.js';
import { sqliteStores, type TestStore } from '../../test/support/stores.js';
import { PhoneNumbers } from './phone-numbers.js';
import { Users } from './users.js';
import { snapshotOf, Workflows, type Workflow, type WorkflowFields } from './workflows.js';

const NOON = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-01T12:00:05Z');
const FIELDS: WorkflowFields = {
  name: 'Sales',
  agent: 'menu',
  agentOptions: { a: [1, { b: 'c' }] },
  recording: true,
  recordingNotice: 'recorded',
  bargeIn: true,
  bargeInSensitivity: 'low',
  bargeInEcho: 'off',
  turnSilenceMs: 900,
  transcription: true,
  onFailure: 'sorry',
  onResume: 'back',
  onWait: { sound: 'one-moment.wav' },
  routes: [{ account: 'twilio', prefixes: ['+1'] }],
  onMachine: { leave_message: { sound: 'back.wav' } },
  transferTargets: [{ name: 'Sales', to: '+12025550143' }],
};

describe('a workflow', () => {
  let store: TestStore;
  let clock: SetClock;
  let workflows: Workflows;
  let userId = 0;
  let workflow: Workflow;

  beforeEach(async () => {
    store = await sqliteStores.create();
    clock = new SetClock(NOON);
    workflows = new Workflows(store.database, clock);
    userId = (await new Users(store.database, clock).create('Ada')).userId;
    workflow = await made();
    clock.time = LATER;
  });
  afterEach(() => store.remove());

  const made = async (): Promise<Workflow> => {
    const created = await workflows.create(userId, FIELDS);
    if (!created) throw new Error('the workflow was not made');
    return created;
  };

  it('is stored as it was made', async () => {
    expect(workflow).toEqual({
      workflowId: 1,
      userId,
      version: 1,
      ...FIELDS,
      createdAt: NOON,
      updatedAt: NOON,
    });
    expect(await workflows.find(1)).toEqual(workflow);
    expect(await workflows.find(2)).toBeNull();
  });

  it('is found only by its owner where ownership matters', async () => {
    expect(await workflows.findOwned(userId, 1)).toEqual(workflow);
    expect(await workflows.findOwned(userId + 1, 1)).toBeNull();
    expect(await workflows.findOwned(userId, 2)).toBeNull();
  });

  it('gives calls everything but its name and its routes, and says which version it is', () => {
    const { name: _, routes: __, ...snapshot } = FIELDS;
    expect(snapshotOf(workflow)).toEqual({ ...snapshot, workflowVersion: 1 });
  });

  it.each([
    ['name', { name: 'Help' }],
    ['agent', { agent: 'echo', agentOptions: {} }],
    ['recording', { recording: false }],
    ['notice', { recordingNotice: null }],
    ['barge-in', { bargeIn: false }],
    ['sensitivity', { bargeInSensitivity: 'high' }],
    ['echo', { bargeInEcho: 'auto' }],
    ['silence that ends a turn', { turnSilenceMs: 400 }],
    ['transcription', { transcription: false }],
    ['sentence', { onFailure: null }],
    ['sentence of a resumed call', { onResume: null }],
    ['sound for who waits', { onWait: 'One moment.' }],
    ['routes', { routes: [] }],
    ['rule for machines', { onMachine: 'hang_up' as const }],
    ['people to transfer to', { transferTargets: null }],
    ['nothing', {}],
  ] satisfies Array<[string, Partial<WorkflowFields>]>)(
    'is changed in its %s and nowhere else',
    async (_, changes) => {
      const version = Object.keys(changes).length === 0 ? 1 : 2;
      const changed = { ...workflow, ...changes, version, updatedAt: LATER };
      expect(await workflows.update(workflow, changes)).toEqual(changed);
      expect(await workflows.find(1)).toEqual(changed);
    },
  );

  it('is not changed on the basis of outdated options, and no other workflow is changed', async () => {
    await workflows.create(userId, FIELDS);
    const stale = { ...workflow, agentOptions: { a: 2 } };
    expect(await workflows.update(stale, { name: 'x' })).toBeNull();
    expect(await workflows.update({ ...workflow, agent: 'echo' }, { name: 'x' })).toBeNull();
    expect(await workflows.update({ ...workflow, workflowId: 9 }, { name: 'x' })).toBeNull();
    await workflows.update(workflow, { name: 'x' });
    expect((await workflows.find(2))?.name).toBe('Sales');
    await workflows.delete(userId, 1);
    expect(await workflows.update(workflow, { name: 'y' })).toBeNull();
  });

  it('is deleted only once and only by its owner, and no other workflow with it', async () => {
    await workflows.create(userId, FIELDS);
    expect(await workflows.delete(userId + 1, 1)).toBe('not-found');
    expect(await workflows.delete(userId, 9)).toBe('not-found');
    expect(await workflows.delete(userId, 1)).toBe('deleted');
    expect(await workflows.find(1)).toBeNull();
    expect(await workflows.delete(userId, 1)).toBe('not-found');
    expect(await workflows.find(2)).not.toBeNull();
    const rows = await store.database.read((db) =>
      db.selectFrom('workflows').select('deleted_at').execute(),
    );
    expect(rows.map((row) => row.deleted_at)).toEqual([LATER.getTime(), null]);
  });

  it('cannot be deleted while a number leads to it', async () => {
    const numbers = new PhoneNumbers(store.database, clock);
    const other = await made();
    await numbers.claim({
      account: 'twilio',
      provider: 'twilio',
      number: '+15005550006',
      workflowId: 1,
    });
    expect(await workflows.delete(userId, 1)).toBe('in-use');
    expect(await workflows.find(1)).not.toBeNull();
    expect(await workflows.delete(userId, other.workflowId)).toBe('deleted');
    await numbers.release({ account: 'twilio', number: '+15005550006' });
    expect(await workflows.delete(userId, 1)).toBe('deleted');
  });

  describe('to which others lead', () => {
    const leadsOf = (agent: string, options: Readonly<Record<string, unknown>>): number[] =>
      agent === 'menu' && typeof options['to'] === 'number' ? [options['to']] : [];
    const leading = (to: number, by = userId) =>
      workflows.create(by, { ...FIELDS, name: 'Desk', agentOptions: { to } }, null, [to]);

    it('cannot be deleted while they do, and they are named', async () => {
      const desk = await leading(1);
      const leader = { workflowId: desk?.workflowId, name: 'Desk' };
      expect(await workflows.delete(userId, 1, leadsOf)).toEqual({ leaders: [leader] });
      expect(await workflows.find(1)).not.toBeNull();
      if (desk) await workflows.update(desk, { agent: 'echo' });
      expect(await workflows.delete(userId, 1, leadsOf)).toBe('deleted');
    });

    it('can be deleted when they are gone, although it leads to itself', async () => {
      await workflows.update(workflow, { agentOptions: { to: 1 } }, null, null, [1]);
      const desk = await leading(1);
      expect(await workflows.delete(userId, desk?.workflowId ?? 0, leadsOf)).toBe('deleted');
      expect(await workflows.delete(userId, 1, leadsOf)).toBe('deleted');
    });

    it('is there when they are saved', async () => {
      const other = await made();
      await workflows.delete(userId, 1, leadsOf);
      await expect(leading(1)).rejects.toThrow('was deleted just now');
      expect(
        await workflows.update(other, { agentOptions: { to: 1 } }, null, null, [1]),
      ).toBeNull();
      expect(await workflows.find(other.workflowId)).toEqual(other);
      const stranger = await new Users(store.database, clock).create('Eve');
      await expect(leading(other.workflowId, stranger.userId)).rejects.toThrow('was deleted');
    });
  });

  it('cannot be deleted while one of its calls is in progress, but can be afterwards', async () => {
    const bench = await ledgerBench(store.database, clock);
    const { runId } = await bench.run();
    expect(await workflows.delete(bench.userId, bench.workflowId)).toBe('in-use');
    await bench.ledger.change({ runId }, (unit) => unit?.record(statusCallback('completed', 3)));
    expect(await workflows.delete(bench.userId, bench.workflowId)).toBe('deleted');
  });
});

describe('users', () => {
  it('are made with a name, and exist from then on', async () => {
    const store = await sqliteStores.create();
    try {
      const users = new Users(store.database, new SetClock(NOON));
      expect(await users.exists(1)).toBe(false);
      expect(await users.create('Ada')).toEqual({ userId: 1, name: 'Ada', createdAt: NOON });
      expect([await users.exists(1), await users.exists(2)]).toEqual([true, false]);
      const rows = await store.database.read((db) => db.selectFrom('users').selectAll().execute());
      expect(rows).toEqual([{ user_id: 1, name: 'Ada', created_at: NOON.getTime() }]);
    } finally {
      await store.remove();
    }
  });
});

it.each([
  { recording: true, recordingNotice: null, says: true, isRecorded: true },
  { recording: true, recordingNotice: null, says: false, isRecorded: true },
  { recording: true, recordingNotice: 'We record.', says: true, isRecorded: true },
  { recording: true, recordingNotice: 'We record.', says: false, isRecorded: false },
  { recording: false, recordingNotice: 'We record.', says: true, isRecorded: false },
])(
  'a call is recorded where its notice can be said: $recordingNotice, can say: $says',
  ({ says, isRecorded, ...fields }) => {
    const workflow = { ...fields, agent: 'echo' } as Workflow;
    expect(snapshotOf(workflow, says).recording).toBe(isRecorded);
  },
);

import { describe, expect, it } from '@jest/globals';
import { member } from '../../../test/support/members.js';
import type { Bus } from '../../cluster/bus.js';
import type { Replication } from '../../database/standbys.js';
import type { Finding } from '../check.js';
import { CHECKS } from '../checks.js';
import type { DoctorServices, Examination } from '../examination.js';
import { judgeReach } from './balancer.js';
import { busCheck } from './bus.js';
import { judgeClocks } from './instance-clocks.js';
import { judgeSettings } from './instance-settings.js';
import { judgeInstances } from './instances.js';
import { judgeMigrations } from './migrations.js';
import { judgeReplication } from './standby.js';

const found = (status: Finding['status'], seen: RegExp) => ({
  status,
  seen: expect.stringMatching(seen) as unknown,
  fix: status === 'up' ? null : (expect.any(String) as unknown),
});
const two = [member('api-1', { streams: 12 }), member('api-2', { state: 'draining' })];

it('one instance on SQLite is asked none of this', async () => {
  const services = {
    database: { kind: 'sqlite', exclusive: true },
    cluster: { members: () => [member('api-1')] },
    stored: { total: 0 },
    alertChannels: { list: [] },
  } as unknown as DoctorServices;
  const left = await Promise.all(
    CHECKS.map(async (check) => (await check.appliesTo?.(services)) ?? true),
  );
  expect(CHECKS.filter((_, index) => !left[index]).map(({ name }) => name)).toEqual(
    'alerts carrier-accounts migrations standby instances instance-clocks instance-settings bus balancer'.split(
      ' ',
    ),
  );
});

describe('instances', () => {
  it('are listed where all is well, whatever their states', () => {
    expect(judgeInstances(two, [])).toMatchObject(
      found('up', /^2 instances: api-1 \(0\.3\.0, ready, 12 of 500 calls\), api-2 \(.*draining/),
    );
  });

  it.each([
    [
      'silent',
      [two[0]],
      [{ name: 'api-2', silentMs: 14_240 }],
      /One instance.*But api-2 has been silent for 14\.2 s and has not left\.$/,
    ],
    [
      'late',
      [two[0], member('api-3', { leaseAgeMs: 4_600 })],
      [],
      /api-3 has not renewed its lease for 4\.6 s/,
    ],
    [
      'of another release',
      [two[0], member('api-3', { version: '0.2.0', capacity: 0 })],
      [],
      /api-3 \(0\.2\.0, ready, calls not told\).*releases differ \(0\.3\.0, 0\.2\.0\)/,
    ],
    ['called the same', [two[0], member('api-1')], [], /several are called api-1/],
  ])('one that is %s is named', (_how, members, lapsed, seen) => {
    const known = members.flatMap((one) => one ?? []);
    expect(judgeInstances(known, lapsed)).toMatchObject(found('warn', seen));
  });
});

it.each<[number, Finding['status'], RegExp]>([
  [500, 'up', /more than 500 ms/],
  [501, 'warn', /api-2 is 0\.501 s ahead/],
  [-2_000, 'warn', /api-2 is 2 s behind/],
  [-2_001, 'down', /api-2 is 2\.001 s behind/],
])('a clock that is %s ms ahead of the store’s is %s', (clockOffsetMs, status, seen) => {
  const members = [member('api-1'), member('api-2', { clockOffsetMs })];
  expect(judgeClocks(members)).toMatchObject(found(status, seen));
});

describe('what instances must have in common', () => {
  it('is the same', () => {
    const untold = member('api-3', { mediaHash: null, keyHash: null });
    expect(judgeSettings([...two, untold], true)).toMatchObject({
      ...found('up', /are the same everywhere/),
      detail: { media_not_told: ['api-3'] },
    });
  });

  it.each([
    ['another API_KEY', { keyHash: 'other' }, true, /^API_KEY differs \(api-1 against api-2\)\.$/],
    ['other sounds', { mediaHash: 'other' }, true, /^What is in MEDIA_DIR differs \(api-1 against/],
    ['no CREDENTIALS_KEY', {}, false, /^No instance has a CREDENTIALS_KEY, so agents begin anew/],
  ])('%s is named', (_what, parts, encrypts, seen) => {
    const members = [member('api-1'), member('api-2', parts)];
    expect(judgeSettings(members, encrypts)).toMatchObject(found('warn', seen));
  });
});

describe('the way to every instance', () => {
  const [one, other] = [member('api-1', { streams: 3 }), member('api-2', { streams: 5 })];
  const to = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([name, count]) =>
      Array<string | null>(count).fill(name === 'nobody' ? null : `id of ${name}`),
    );

  it('is there if each is reached', () => {
    const finding = judgeReach([one, other], to({ 'api-1': 19, 'api-2': 1 }));
    expect(finding).toMatchObject({
      ...found('up', /^Of 20 requests/),
      detail: { reached: [{ name: 'api-1', probes: 19 }, { probes: 1 }] },
    });
  });

  it.each([
    ['an instance that is never reached', { 'api-1': 20 }, /none arrived at api-2, which is ready/],
    ['requests that end elsewhere', { 'api-1': 10, 'api-2': 9, nobody: 1 }, /1 were not answered/],
    ['an instance of another store', { 'api-1': 9, 'api-2': 9, 'api-9': 2 }, /not among those of/],
  ])('names %s', (_what, counts, seen) => {
    expect(judgeReach([one, other], to(counts))).toMatchObject(found('warn', seen));
  });

  it('does not blame a balancer that goes by connections, nor miss one that drains', () => {
    const busy = member('api-2', { streams: 23 });
    const drains = member('api-3', { state: 'draining' });
    expect(judgeReach([one, busy, drains], to({ 'api-1': 20 }))).toMatchObject(
      found('up', /none arrived at api-2, which has more calls/),
    );
    const lessBusy = member('api-2', { streams: 22 });
    expect(judgeReach([one, lessBusy], to({ 'api-1': 20 })).status).toBe('warn');
  });

  it('leaves to other checks what they explain', () => {
    expect(judgeReach([one, other], to({ nobody: 20 }))).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('`run-id-in-url`') as unknown,
    });
    const rotated = member('api-2', { keyHash: 'new' });
    expect(judgeReach([one, rotated], to({ 'api-1': 10, nobody: 10 }))).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('`instance-settings`') as unknown,
    });
  });
});

it.each<[number | null, Finding['status'], RegExp]>([
  [12.4, 'up', /within 12 ms/],
  [250, 'warn', /within 250 ms/],
  [null, 'warn', /^Instances hear of each other late: nothing arrives\.$/],
])('a nudge that takes %s ms is %s', async (tookMs, status, seen) => {
  const finding = await busCheck.look({
    bus: {
      deafness: { reason: 'nothing arrives', fix: 'set DATABASE_DIRECT_URL' },
      roundTrip: () => Promise.resolve(tookMs),
    } as unknown as Bus,
    storeIsUp: () => Promise.resolve(true),
  } as Examination);
  expect(finding).toMatchObject(found(status, seen));
  if (tookMs === null) expect(finding.fix).toBe('Set DATABASE_DIRECT_URL.');
});

it.each<[string, string[], Finding['status'], RegExp, RegExp | null]>([
  ['is ours', ['1', '2'], 'up', /that of this release \(2\)/, null],
  ['lacks some', ['1'], 'down', /lacks 2/, /npm run migrate/],
  ['is of a later release', ['1', '2', '3'], 'warn', /later release \(3\) than this one/, /update/],
])('a schema that %s: %j', (_what, applied, status, seen, fix) => {
  const finding = judgeMigrations(applied, ['1', '2'], '0.3.0');
  expect(finding).toMatchObject(found(status, seen));
  if (fix) expect(finding.fix).toMatch(fix);
});

describe('the standby', () => {
  const replication = (
    syncState: string | null,
    parts: Partial<Replication> = {},
  ): Replication => ({
    standbys: [{ name: 'standby', state: syncState && 'streaming', syncState }],
    synchronousNames: '*',
    synchronousCommit: 'on',
    ...parts,
  });

  it.each<[string, Replication, Finding['status'], RegExp]>([
    ['waited for', replication('sync'), 'up', /Each commit waits for a standby \(standby\)/],
    ['one of a quorum', replication('quorum'), 'up', /Each commit waits/],
    ['asynchronous', replication('async', { synchronousNames: '' }), 'warn', /No commit waits/],
    [
      'asynchronous, unseen',
      replication(null, { synchronousNames: '' }),
      'warn',
      /No commit waits/,
    ],
    [
      'not waited for',
      replication('sync', { synchronousCommit: 'local' }),
      'warn',
      /is local, so no/,
    ],
    ['not among those named', replication('async'), 'warn', /None of the connected standbys/],
    ['not to be seen by us', replication(null), 'skipped', /cannot be seen/],
  ])('that is %s', (_how, seen, status, words) => {
    expect(judgeReplication(seen)).toMatchObject(found(status, words));
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  LimitSettings,
  ReconcileSettings,
  SettingsWarnings,
  SimulatedCarrierSettings,
  StreamSettings,
} from '../config/settings.js';
import type {
  AccountResult,
  AlertsResult,
  CarrierTimeResult,
} from '../providers/carrier-diagnostics.js';
import { ALERT_MEANINGS } from '../providers/twilio/alert-meanings.js';
import { GROUPS, type Finding } from './check.js';
import { CHECKS } from './checks.js';
import { agentsCheck } from './checks/agents.js';
import { carrierAccounts } from './checks/carrier-accounts.js';
import { carrierAlerts } from './checks/carrier-alerts.js';
import { carrierCredentials } from './checks/carrier-credentials.js';
import { carrierRetries } from './checks/carrier-retries.js';
import { clockCheck } from './checks/clock.js';
import { disk, judgeRoom } from './checks/disk.js';
import { dns } from './checks/dns.js';
import { eventDeliveries } from './checks/event-deliveries.js';
import { loopLag } from './checks/loop-lag.js';
import { numbersCheck } from './checks/numbers.js';
import { recentCallbacks } from './checks/recent-callbacks.js';
import { refusalsCheck } from './checks/refusals.js';
import { judgeRoundTrips } from './checks/round-trip.js';
import { settingsCheck } from './checks/settings.js';
import { tls } from './checks/tls.js';
import type { Examination } from './examination.js';
import type { Handshake } from './handshake.js';
import { REFUSAL_MEANINGS } from './refusal-meanings.js';
import type { LoopLag } from '../shared/loop-watch.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

/** An examination with only what one check looks at. */
const seeing = (parts: object): Examination => parts as unknown as Examination;

describe('the list of checks', () => {
  it('has every name once, and the groups in their order', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
    const groups = CHECKS.map(({ group }) => GROUPS.indexOf(group));
    expect(groups).toEqual([...groups].sort((a, b) => a - b));
    expect(new Set(groups).size).toBe(GROUPS.length);
  });

  it('is what docs/troubleshooting.md explains, by the same names', () => {
    const [text = ''] = readFileSync('docs/troubleshooting.md', 'utf8').split('\n## Symptoms\n');
    const sections = [...text.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(CHECKS.map(({ name }) => name));
    for (const group of GROUPS) expect(text).toContain(`\n## ${group}\n`);
  });
});

describe('docs/troubleshooting.md', () => {
  const text = readFileSync('docs/troubleshooting.md', 'utf8');
  /** The first column of the tables in a section, with each cell split into its parts. */
  const firstColumn = (section: string): string[] => {
    const [, rest = ''] = text.split(`\n### ${section}\n`);
    const [body = ''] = rest.split('\n### ');
    return [...body.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      cell.trim().split(', '),
    );
  };

  it('has every reason of a refusal', () => {
    const reasons = firstColumn('refusals')
      .filter((cell) => cell.startsWith('`'))
      .map((cell) => cell.replaceAll('`', ''));
    expect(reasons.sort()).toEqual(Object.keys(REFUSAL_MEANINGS).sort());
  });

  it('has every code of the carrier that is explained', () => {
    const codes = firstColumn('carrier-alerts')
      .filter((cell) => /^\d/.test(cell))
      .flatMap((cell) => {
        const [from = '', to = from] = cell.split('–');
        return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) =>
          String(Number(from) + at),
        );
      });
    expect(codes.sort()).toEqual([...ALERT_MEANINGS.keys()].sort());
    for (const code of ['11200', '11205', '15003', '31920', '31921', '31951']) {
      expect(ALERT_MEANINGS.get(code)).toMatchObject({
        meaning: expect.stringMatching(/^[A-Z].*\.$/),
        fix: expect.stringMatching(/\.$/),
      });
    }
  });
});

describe('carrier-accounts', () => {
  const look = (unusable: Array<[string, object]>) =>
    carrierAccounts.look(
      seeing({
        stored: { total: 2, unusable },
        providers: { all: () => [], mayCall: () => true },
      }),
    ) as Finding;

  it('is well where every account can be used', () => {
    expect(look([])).toMatchObject({ status: 'up', seen: 'All 2 account(s) can be used.' });
  });

  it('names the accounts that cannot, why, and what to do', () => {
    const fault = { kind: 'unreadable', reason: 'Another key.', fix: 'Put the key back.' };
    expect(look([['twilio-uk', fault]])).toMatchObject({
      status: 'down',
      seen: expect.stringContaining('twilio-uk: Another key.'),
      fix: 'Put the key back.',
      detail: { accounts: 2, unusable: [{ account: 'twilio-uk', because: 'unreadable' }] },
    });
  });
});

describe('tls', () => {
  const look = (daysLeft: number, problem: string | null = null, chainDaysLeft = 900) => {
    const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
    const handshake: Handshake = {
      problem,
      protocol: 'TLSv1.3',
      certificate: {
        subject: 'calls.example.com',
        issuer: 'R3',
        validFrom: new Date(0),
        validTo: inDays(daysLeft),
        chain: ['calls.example.com', 'R3'],
        firstToExpire: { subject: 'R3', validTo: inDays(chainDaysLeft) },
      },
    };
    const road = {
      absence: null,
      host: 'calls.example.com',
      dns: () => Promise.resolve({ addresses: ['192.0.2.1'] }),
      tls: () => Promise.resolve({ handshake }),
    };
    return tls.look(seeing({ road, clock: { now: () => NOW } }));
  };

  it.each([
    [90, null, 'up', /90 more days/],
    [14, null, 'up', /14 more days/],
    [13.9, null, 'warn', /only 13 more days/],
    [-1, 'CERT_HAS_EXPIRED', 'down', /has expired/],
    // An intermediate one.
    [90, 'CERT_HAS_EXPIRED', 'down', /or one in its chain, has expired/],
    [90, 'ERR_TLS_CERT_ALTNAME_INVALID', 'down', /another name/],
    [90, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'down', /rest of its chain/],
    [90, 'DEPTH_ZERO_SELF_SIGNED_CERT', 'down', /signed by itself/],
    [90, 'CERT_NOT_YET_VALID', 'down', /not valid yet/],
    [90, 'CERT_REVOKED', 'down', /not trusted/],
  ])('%s days, %s: %s', async (days, problem, status, seen) => {
    expect(await look(days, problem)).toMatchObject({
      status,
      seen: expect.stringMatching(seen),
    });
  });

  it('reports a certificate in the chain that ends before the host’s', async () => {
    expect(await look(90, null, 14)).toMatchObject({ status: 'up' });
    expect(await look(90, null, 13)).toMatchObject({
      status: 'warn',
      seen: expect.stringMatching(/signed through "R3", which is valid for only 13 more days/),
      detail: { chain_days_left: 13 },
    });
  });
});

describe('dns', () => {
  const look = (addresses: string[], more: object = {}) =>
    dns.look(
      seeing({
        road: {
          absence: null,
          host: 'calls.example.com',
          dns: () => Promise.resolve({ addresses }),
        },
        origin: { source: 'static', stale: false },
        accounts: [{ provider: { capabilities: { needsPublicUrl: true } } }],
        ...more,
      }),
    );

  it.each([
    [['93.184.215.14', '2606:2800:220:1::1'], 'up'],
    [['10.0.0.5'], 'warn'],
    [['93.184.215.14', '127.0.0.1'], 'warn'],
    [[], 'down'],
  ])('%j: %s', async (addresses, status) => {
    expect(await look(addresses)).toMatchObject({ status });
  });

  it('is down without an address if a carrier needs one', async () => {
    const origin = { source: 'none', lastError: null, fix: 'Set it.' };
    expect(await look([], { origin })).toMatchObject({ status: 'down', fix: 'Set it.' });
    expect(await look([], { origin, accounts: [] })).toMatchObject({ status: 'skipped' });
    const accounts = [{ provider: { capabilities: { needsPublicUrl: false } } }];
    expect(await look([], { origin, accounts })).toMatchObject({
      status: 'skipped',
      seen: expect.stringContaining('no carrier needs one'),
    });
  });
});

it('the disk is checked where DATA_DIR will be if it does not exist yet', async () => {
  const store = { dataDir: '/tmp/patchbay-not-there/yet/data' };
  expect((await disk.look(seeing({ store }))).seen).toMatch(/^\d+ MiB are free/);
});

describe('agents', () => {
  const look = (answered: number, failed: number) =>
    agentsCheck.look(
      seeing({
        storeIsUp: () => Promise.resolve(true),
        clock: { now: () => NOW },
        agentFailures: {
          since: () =>
            Promise.resolve({
              answered: new Map([[3, answered]]),
              failures:
                failed === 0
                  ? []
                  : [
                      {
                        workflowId: 3,
                        agent: 'relay',
                        reason: 'no bot',
                        count: failed,
                        lastRunId: 9,
                      },
                    ],
            }),
        },
      }),
    );
  it.each([
    [0, 0, 'skipped', /No call was answered/],
    [5, 0, 'up', /No agent failed in 5/],
    [
      2,
      2,
      'warn',
      /Of 2 answered calls of the last 24 h 2 ended .* 2 × workflow 3 \(relay\): no bot/,
    ],
    [7, 3, 'warn', /./],
    [6, 3, 'down', /./],
  ])('of %s answered calls %s failed: %s', async (answered, failed, status, seen) => {
    expect(await look(answered, failed)).toMatchObject({
      status,
      seen: expect.stringMatching(seen),
    });
  });
});

it.each([
  [1_024, 'up'],
  [1_023, 'warn'],
  [100, 'warn'],
  [99, 'down'],
])('a disk with %s MiB of room: %s', (free, status) => {
  expect(judgeRoom(free, 10_000)).toMatchObject({ status });
});

it.each([
  recentCallbacks,
  refusalsCheck,
  numbersCheck,
  carrierRetries,
  agentsCheck,
  eventDeliveries,
])('$name is skipped while the store is down', async (check) => {
  const looked = seeing({ storeIsUp: () => Promise.resolve(false) });
  expect(await check.look(looked)).toMatchObject({ status: 'skipped' });
});

describe('round-trip', () => {
  it.each<[number[], 'late' | 'closed' | null, string, RegExp]>([
    [[9, 1, 2], null, 'up', /takes 2 ms.*at most 9 ms of 3\)\./],
    [[250, 251, 249], null, 'warn', /takes 250 ms/],
    [[1_000, 1_200, 1_100], 'late', 'down', /takes 1100 ms/],
    [[1, 2, 3], 'late', 'warn', /one did not come back/],
    [[], 'late', 'down', /No message came back/],
    [[1], 'closed', 'down', /closed as soon as something is said/],
  ])('%j, then %s: %s', (times, lost, status, seen) => {
    const finding = judgeRoundTrips({ times, lost });
    expect(finding).toMatchObject({ status, seen: expect.stringMatching(seen) });
    expect(finding.fix === null).toBe(status === 'up');
  });
});

describe('refusals', () => {
  it('are explained reason by reason, harmless ones only counted', async () => {
    const kept = (['signature-mismatch', 'signature-missing', 'token-expired'] as const).map(
      (reason, index) => ({ surface: 'answer', reason, count: 3 - index, last: NOW }),
    );
    const looked = seeing({
      refusals: { keptSince: () => Promise.resolve(kept) },
      clock: { now: () => NOW },
      storeIsUp: () => Promise.resolve(true),
    });
    const { status, seen, fix } = await refusalsCheck.look(looked);
    expect(status).toBe('warn');
    expect(seen).toMatch(/signature-mismatch: a signature that.* token-expired: a stream that/);
    expect(seen).not.toContain('signature-missing');
    expect(fix).toMatch(/TWILIO_AUTH_TOKEN.*STREAM_TOKEN_TTL_SECONDS/);
  });
});

describe('loop-lag', () => {
  const look = (lag: Partial<LoopLag>) =>
    loopLag.look(
      seeing({
        loop: { report: () => ({ p50Ms: 0, p99Ms: 1, maxMs: 2, windowMs: 60_000, ...lag }) },
      }),
    );
  it.each([
    [{}, 'up'],
    [{ p99Ms: 50, maxMs: 60 }, 'warn'],
    [{ maxMs: 1_000 }, 'warn'],
    [{ p99Ms: 250, maxMs: 300 }, 'down'],
    [{ p99Ms: 250, maxMs: 300, windowMs: 10_000 }, 'down'],
    [{ p99Ms: 250, maxMs: 300, windowMs: 9_999 }, 'up'],
  ])('%j: %s', (lag, status) => {
    expect(look(lag)).toMatchObject({ status });
  });
});

describe('what the carrier says', () => {
  const provider = (answers: {
    account?: AccountResult;
    alerts?: AlertsResult;
    time?: CarrierTimeResult;
  }) => ({
    diagnostics: {
      account: () => Promise.resolve(answers.account),
      alerts: () => Promise.resolve(answers.alerts),
      time: () => Promise.resolve(answers.time),
      explain: () => null,
      advice: { refused: 'Mend it.', unreachable: 'Open the way.', trial: 'It is a trial.' },
    },
  });
  const simulated = { enabled: false };
  const clock = { now: () => NOW };
  const origin = { origin: 'https://calls.example.com/pbx' };

  it.each<[AccountResult, string]>([
    [{ kind: 'found', active: true, status: 'active', trial: false }, 'up'],
    [{ kind: 'found', active: true, status: 'active', trial: true }, 'warn'],
    [{ kind: 'found', active: false, status: 'suspended', trial: false }, 'down'],
    [{ kind: 'hidden' }, 'up'],
    [{ kind: 'refused', message: 'HTTP 401' }, 'down'],
    [{ kind: 'failed', message: 'timeout' }, 'down'],
  ])('of the account, %j: %s', async (account, status) => {
    const looked = seeing({ provider: provider({ account }), simulated });
    expect(await carrierCredentials.look(looked)).toMatchObject({ status });
  });

  it.each([
    [0, 'up'],
    [5_000, 'up'],
    [-5_000, 'up'],
    [5_001, 'warn'],
    [-60_000, 'warn'],
  ])('of the time, ahead by %s ms: %s', async (aheadMs, status) => {
    const time: CarrierTimeResult = { kind: 'found', aheadMs };
    const finding = await clockCheck.look(seeing({ provider: provider({ time }) }));
    expect(finding.status).toBe(status);
    if (aheadMs === -60_000) expect(finding.seen).toContain('60 s ahead of');
  });

  it('in its log may not be readable for us', async () => {
    const alerts: AlertsResult = { kind: 'not-allowed', message: 'HTTP 403' };
    const looked = seeing({ provider: provider({ alerts }), clock, simulated, origin });
    expect(await carrierAlerts.look(looked)).toMatchObject({ status: 'skipped' });
  });

  it('in its log is counted by code, without notices', async () => {
    const alerts: AlertsResult = {
      kind: 'found',
      alerts: [
        { code: '99999', level: 'error', at: NOW, host: null },
        { code: '12200', level: 'notice', at: null, host: 'calls.example.com' },
        { code: '99999', level: 'error', at: new Date(0), host: 'calls.example.com' },
      ],
    };
    const looked = seeing({ provider: provider({ alerts }), clock, simulated, origin });
    const { status, seen, detail } = await carrierAlerts.look(looked);
    expect({ status, seen }).toEqual({
      status: 'warn',
      seen: expect.stringContaining('logged 2 × 99999 in'),
    });
    expect(detail['alerts']).toMatchObject([
      { code: '99999', count: 2, last_at: NOW.toISOString() },
      { code: '12200', count: 1, last_at: null },
    ]);
  });

  it('in its log is explained code by code, each with what to do', async () => {
    const alert = (code: string) => ({ code, level: 'error' as const, at: NOW, host: null });
    const alerts: AlertsResult = { kind: 'found', alerts: ['1', '2', '2'].map(alert) };
    const explain = (code: string) => ({ meaning: `It is ${code}.`, fix: `Mend ${code}.` });
    const { diagnostics } = provider({ alerts });
    const asked = { diagnostics: { ...diagnostics, explain } };
    const looked = seeing({ provider: asked, clock, simulated, origin });
    const { seen, fix } = await carrierAlerts.look(looked);
    expect(seen).toContain('2 × 2, 1 × 1 in the last 24 h. 2: It is 2. 1: It is 1.');
    expect(fix).toBe('Mend 2. Mend 1.');
  });

  it('in its log about other services on the same account does not count', async () => {
    const alerts: AlertsResult = {
      kind: 'found',
      alerts: [{ code: '11200', level: 'error', at: NOW, host: 'shop.example.net' }],
    };
    const looked = seeing({ provider: provider({ alerts }), clock, simulated, origin });
    const { status, seen, detail } = await carrierAlerts.look(looked);
    expect({ status, detail }).toEqual({
      status: 'up',
      detail: { alerts: [], about_other_hosts: 1 },
    });
    expect(seen).toContain('1 more are about other hosts');
  });
});

describe('settings', () => {
  const look = (parts: object) =>
    settingsCheck.look(
      seeing({
        settingsWarnings: new SettingsWarnings([]),
        limits: new LimitSettings(),
        streams: new StreamSettings(),
        reconcile: new ReconcileSettings(),
        simulated: new SimulatedCarrierSettings({}, true),
        provider: {},
        origin: { source: 'static' },
        howToConfigure: 'Set A and B.',
        ...parts,
      }),
    );

  it('that fit together are up', () => {
    expect(look({})).toMatchObject({ status: 'up', fix: null });
  });

  it('that conflict in several places are reported with what to do about each', () => {
    const { fix } = look({
      provider: null,
      streams: new StreamSettings({ tokenTtlSeconds: 5 }),
    }) as Finding;
    expect(fix).toMatch(/^SIMULATED_CARRIER: Set .* STREAM_TOKEN_TTL_SECONDS: Raise it/);
  });

  it.each([
    ['SIMULATED_CARRIER', { provider: null }],
    [
      'MAX_CONCURRENT_CALLS_PER_USER',
      { limits: new LimitSettings({ maxConcurrentCalls: 10, maxConcurrentCallsPerUser: 11 }) },
    ],
    ['STREAM_TOKEN_TTL_SECONDS', { streams: new StreamSettings({ tokenTtlSeconds: 5 }) }],
    ['RECONCILE_AFTER_SECONDS', { reconcile: new ReconcileSettings({ afterSeconds: 1 }) }],
    ['PUBLIC_URL', { simulated: new SimulatedCarrierSettings(), provider: { simulated: true } }],
    [
      'TWILIO_TOKEN',
      {
        settingsWarnings: new SettingsWarnings([
          { variable: 'TWILIO_TOKEN', message: 'TWILIO_TOKEN is not a setting of Patchbay.' },
        ]),
      },
    ],
  ])('that conflict with others: %s', (variable, parts) => {
    expect(look(parts)).toMatchObject({
      status: 'warn',
      seen: expect.stringContaining(variable),
      detail: { variables: [variable] },
    });
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { listeningLog } from '../../../test/support/listening-log.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { AsteriskKind } from '../../providers/asterisk/asterisk.carrier.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { TwilioKind } from '../../providers/twilio/twilio.carrier.js';
import type { StoredCarrierAccount } from '../../tenants/carrier-account-rows.js';
import type { CarrierAccounts } from '../../tenants/carrier-accounts.js';
import { StoredAccounts } from './stored-accounts.js';

const SID = `AC${'5e'.repeat(16)}`;
const row = (fields: Partial<StoredCarrierAccount> = {}): StoredCarrierAccount => ({
  key: 'one',
  provider: 'twilio',
  accountId: SID,
  name: 'One',
  settings: { account_sid: SID, from_numbers: ['+12025550100'] },
  secrets: { auth_token: 'token' },
  isStale: false,
  callsPerSecond: 2,
  maxConcurrentCalls: null,
  enabled: true,
  revision: '1',
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...fields,
});

let rows: StoredCarrierAccount[];
let isDown: boolean;
let sealed: number;
let changes: number;
let providers: ProviderRegistry;
let stored: StoredAccounts;
let lines: ReturnType<typeof listeningLog>['lines'];

beforeEach(() => {
  rows = [row()];
  isDown = false;
  sealed = 0;
  changes = 0;
  providers = new ProviderRegistry([
    new TwilioKind({
      accountSid: `AC${'6f'.repeat(16)}`,
      authToken: 'other',
      authTokenSecondary: null,
      fromNumbers: ['+12025550199'],
      apiBaseUrl: null,
      callsPerSecond: 1,
    }),
    new AsteriskKind(null),
  ]);
  providers.onChange(() => {
    changes += 1;
  });
  const { log, lines: heard } = listeningLog();
  lines = heard;
  const accounts = {
    revision: async () => {
      if (isDown) throw new StoreUnavailableError('down');
      return rows.map(({ key, revision }) => `${key} ${revision}`).join();
    },
    list: async () => rows,
    sealAnew: async () => {
      sealed += 1;
    },
  } as unknown as CarrierAccounts;
  stored = new StoredAccounts(accounts, providers, log);
});

const keys = () => providers.all().map(({ key }) => key);
const reasons = () => stored.unusable.map(([key, { kind }]) => [key, kind]);

describe('the accounts of the store', () => {
  it('stand beside those of the environment, behind them', async () => {
    await stored.follow();
    expect(keys()).toEqual(['twilio', 'one']);
    expect(providers.find('one')).toMatchObject({ accountId: SID, callsPerSecond: 2 });
    expect(providers.default()?.key).toBe('twilio');
    expect(stored.total).toBe(1);
  });

  it('are read again only when something has changed', async () => {
    await stored.follow();
    await stored.follow();
    expect(changes).toBe(1);
    rows = [row({ revision: '2', enabled: false })];
    await Promise.all([stored.follow(), stored.follow()]);
    expect(changes).toBe(2);
  });

  it('stay the same objects while what they are made of stays', async () => {
    await stored.follow();
    const before = providers.find('one');
    rows = [row({ revision: '2', name: 'Two', enabled: false, maxConcurrentCalls: 3 })];
    await stored.follow();
    expect(providers.find('one')).toBe(before);
    expect(providers.mayCall({ key: 'one' })).toBe(false);
    expect(providers.limitOf({ key: 'one' })).toBe(3);
    rows = [row({ revision: '3', secrets: { auth_token: 'another' } })];
    await stored.follow();
    expect(providers.find('one')).not.toBe(before);
  });

  it('are gone when they are deleted', async () => {
    await stored.follow();
    rows = [];
    await stored.follow();
    expect([keys(), stored.total]).toEqual([['twilio'], 0]);
  });

  it('are told apart from keys that are nobody’s where they cannot be used', async () => {
    rows = [
      row(),
      row({ key: 'locked', secrets: 'other_key' }),
      row({ key: 'later', provider: 'carrier-pigeon' }),
      row({ key: 'twilio' }),
      row({ key: 'old', settings: { account_sid: 'AC1' } }),
    ];
    await stored.follow();
    expect(keys()).toEqual(['twilio', 'one']);
    expect(reasons()).toEqual([
      ['locked', 'unreadable'],
      ['later', 'no-carrier'],
      ['twilio', 'key-taken'],
      ['old', 'misfit'],
    ]);
    expect(
      ['locked', 'later', 'old', 'one', 'nobody'].map((key) => providers.isLocked(key)),
    ).toEqual([true, true, true, false, false]);
    // The environment's account of that key is in use.
    expect(providers.isLocked('twilio')).toBe(false);
    expect(stored.faultOf('old')?.reason).toMatch(
      /settings\.from_numbers is missing; settings\.account_sid does not have the form/,
    );
    expect(lines.filter(({ event }) => event === 'carrier_account.unusable')).toHaveLength(4);
    rows = rows.map((one) => ({ ...one, revision: '2' }));
    await stored.follow();
    expect(lines.filter(({ event }) => event === 'carrier_account.unusable')).toHaveLength(4);
  });

  it('may be any while the store was not read yet', async () => {
    isDown = true;
    await stored.onModuleInit();
    expect([keys(), providers.isLocked('one'), providers.isLocked('twilio')]).toEqual([
      ['twilio'],
      true,
      false,
    ]);
    isDown = false;
    await stored.follow();
    expect([keys(), providers.isLocked('nobody')]).toEqual([['twilio', 'one'], false]);
    await stored.onApplicationShutdown();
  });

  it('stay while the store is away', async () => {
    await stored.follow();
    isDown = true;
    await expect(stored.follow()).rejects.toThrow(StoreUnavailableError);
    expect(keys()).toEqual(['twilio', 'one']);
  });

  it('are encrypted anew where another key than the present one has encrypted them', async () => {
    await stored.follow();
    expect(sealed).toBe(0);
    rows = [row({ revision: '2', isStale: true })];
    await stored.follow();
    expect(sealed).toBe(1);
  });
});

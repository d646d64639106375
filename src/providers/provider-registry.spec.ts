import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeCarrier, UnprefixedKind } from '../../test/support/fake-carrier.js';
import type { CarrierAccount } from './carrier-account.js';
import { ProviderRegistry, type StoredAccount } from './provider-registry.js';

const carrier = (key: string, fields: Partial<CarrierAccount> = {}): CarrierAccount =>
  Object.assign(new FakeCarrier(), { key, ...fields });
const stored = (key: string, fields: Partial<StoredAccount> = {}): StoredAccount => ({
  account: carrier(key),
  enabled: true,
  maxConcurrentCalls: null,
  ...fields,
});

describe('the registry of accounts', () => {
  let providers: ProviderRegistry;
  beforeEach(() => {
    providers = new ProviderRegistry([
      new UnprefixedKind('twilio', [carrier('twilio', { simulated: true })]),
      new UnprefixedKind('other', [carrier('other', { kind: 'other' })]),
    ]);
  });
  const keys = () => providers.all().map(({ key }) => key);

  it('lists the simulated carrier last, so that it dials only where no other can', () => {
    expect(keys()).toEqual(['other', 'twilio']);
    providers.replaceStored([stored('one'), stored('two')], new Set());
    expect(keys()).toEqual(['other', 'one', 'two', 'twilio']);
    expect(providers.firstOf('twilio')?.key).toBe('one');
    // Its paths stay its own, whatever is stored.
    expect(providers.unprefixed?.key).toBe('twilio');
    expect(providers.pathKeyOf(carrier('one'))).toBe('one');
  });

  it('finds a disabled account, and lets it take no new call', () => {
    providers.replaceStored([stored('one', { enabled: false }), stored('two')], new Set());
    expect(providers.find('one')).not.toBeNull();
    expect(['one', 'two', 'twilio', 'nobody'].map((key) => providers.mayCall({ key }))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(providers.firstOf('twilio')?.key).toBe('two');
    expect(providers.enabled().map(({ key }) => key)).toEqual(['other', 'two', 'twilio']);
    providers.replaceStored([stored('two', { enabled: false })], new Set());
    expect(providers.firstOf('twilio')?.key).toBe('twilio');
  });

  it('knows which accounts cannot be used from those that do not exist', () => {
    providers.replaceStored([stored('one')], new Set(['locked']));
    expect(['one', 'locked', 'nobody'].map((key) => providers.isLocked(key))).toEqual([
      false,
      true,
      false,
    ]);
    providers.replaceStored([], 'all');
    expect(['twilio', 'nobody'].map((key) => providers.isLocked(key))).toEqual([false, true]);
  });

  it('tells whoever listens of each change, after it', () => {
    const heard: string[][] = [];
    const end = providers.onChange(() => heard.push(keys()));
    providers.replaceStored([stored('one')], new Set());
    providers.replaceStored([], new Set());
    end();
    providers.replaceStored([stored('two')], new Set());
    expect(heard).toEqual([
      ['other', 'one', 'twilio'],
      ['other', 'twilio'],
    ]);
  });

  it('has limits of accounts of the store alone', () => {
    providers.replaceStored([stored('one', { maxConcurrentCalls: 4 })], new Set());
    expect(['one', 'twilio'].map((key) => providers.limitOf({ key }))).toEqual([4, null]);
    expect(['one', 'twilio'].map((key) => providers.isFixed(key))).toEqual([false, true]);
  });
});

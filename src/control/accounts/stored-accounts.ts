import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { unlessUnavailable } from '../../database/store-errors.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import { ProviderRegistry, type StoredAccount } from '../../providers/provider-registry.js';
import { every, type Loop } from '../../shared/every.js';
import { Log } from '../../shared/logger.js';
import type { StoredCarrierAccount } from '../../tenants/carrier-account-rows.js';
import { CarrierAccounts } from '../../tenants/carrier-accounts.js';
import { keyTaken, misfit, noCarrier, unreadable, type AccountFault } from './account-fault.js';

/** How soon an instance follows what was changed at another. */
const LOOK_MS = 2_000;

/** An account as it was made, and what it was made of. */
interface Made {
  parts: string;
  account: CarrierAccount;
}

/**
 * Keeps the registry's accounts as the store has them, wherever they were changed. An account whose
 * settings stay is the same object before and after, so a connection that it holds stays open.
 */
@Injectable()
export class StoredAccounts implements OnModuleInit, OnApplicationShutdown {
  private loop: Loop | null = null;
  /** Null: the store was not read yet. */
  private revision: string | null = null;
  private made = new Map<string, Made>();
  private faults: ReadonlyMap<string, AccountFault> = new Map();
  private count = 0;
  private following: Promise<void> = Promise.resolve();
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('carrier_accounts.not_read', { error });
  });

  constructor(
    private readonly accounts: CarrierAccounts,
    private readonly providers: ProviderRegistry,
    private readonly log: Log,
  ) {}

  /** The accounts are there before anything listens, if the store is; else as soon as it is. */
  async onModuleInit(): Promise<void> {
    this.providers.replaceStored([], 'all');
    await this.follow().catch(this.noteFailed);
    this.loop = every(LOOK_MS, () => this.follow(), this.noteFailed);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
    await this.following.catch(() => undefined);
  }

  /** Why an account cannot be used; null where nothing is wrong with it. */
  faultOf(key: string): AccountFault | null {
    return this.faults.get(key) ?? null;
  }

  /** How many accounts the store has. */
  get total(): number {
    return this.count;
  }

  /** The accounts that cannot be used. */
  get unusable(): ReadonlyArray<readonly [key: string, fault: AccountFault]> {
    return [...this.faults];
  }

  /**
   * Reads the store if anything has changed there, and resolves when the registry is as it is.
   * @throws StoreUnavailableError
   */
  follow(): Promise<void> {
    // One after the other: an older reading must not replace a newer one.
    const next = this.following.catch(() => undefined).then(() => this.look());
    this.following = next;
    return next;
  }

  private async look(): Promise<void> {
    const revision = await this.accounts.revision();
    if (revision === this.revision) return;
    const rows = await this.accounts.list();
    this.take(rows);
    this.revision = revision;
    // The accounts can be used whether or not this can be written.
    if (rows.some(({ isStale }) => isStale)) await this.accounts.sealAnew();
  }

  private take(rows: readonly StoredCarrierAccount[]): void {
    const made = new Map<string, Made>();
    const faults = new Map<string, AccountFault>();
    const stored: StoredAccount[] = [];
    for (const row of rows) {
      const one = this.make(row);
      if ('reason' in one) {
        faults.set(row.key, one);
        continue;
      }
      made.set(row.key, one);
      const { enabled, maxConcurrentCalls } = row;
      stored.push({ account: one.account, enabled, maxConcurrentCalls });
    }
    for (const [account, { kind, reason, fix }] of faults) {
      if (this.faults.get(account)?.reason === reason) continue;
      this.log.error('carrier_account.unusable', { account, because: kind, reason, fix });
    }
    this.made = made;
    this.count = rows.length;
    this.faults = faults;
    this.providers.replaceStored(stored, new Set(faults.keys()));
  }

  private make(row: StoredCarrierAccount): Made | AccountFault {
    const { key, provider, settings, secrets, callsPerSecond } = row;
    if (this.providers.isFixed(key)) return keyTaken();
    const form = this.providers.kindOf(provider)?.form;
    if (!form) return noCarrier(provider);
    if (typeof secrets === 'string') return unreadable(secrets);
    const parts = JSON.stringify([provider, settings, secrets, callsPerSecond]);
    const before = this.made.get(key);
    if (before?.parts === parts) return before;
    const wrong = form.faultsIn({ settings, secrets });
    if (wrong.length > 0) return misfit(wrong);
    return { parts, account: form.make({ key, settings, secrets, callsPerSecond }) };
  }
}

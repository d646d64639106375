import type { IncomingHttpHeaders } from 'node:http';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { CarrierAccount } from './carrier-account.js';
import type { CarrierKind } from './carrier-kind.js';

/** An account of the store as calls see it. */
export interface StoredAccount {
  account: CarrierAccount;
  /** Whether it takes new calls; the live ones of an account that does not go on. */
  enabled: boolean;
  /** Calls in progress at a time; null: as many as the service takes. */
  maxConcurrentCalls: number | null;
}

/**
 * The carriers that are plugged in, and their accounts: those of the environment, which never
 * change, and those of the store, which come and go while the service runs.
 */
export class ProviderRegistry {
  private readonly fixed: readonly CarrierAccount[];
  private accounts: readonly CarrierAccount[] = [];
  private byKey: ReadonlyMap<string, CarrierAccount> = new Map();
  private stored: ReadonlyMap<string, StoredAccount> = new Map();
  private locked: ReadonlySet<string> | 'all' = new Set();
  private readonly listeners = new Set<() => void>();

  /** The account that the paths without a key belong to; null while it is not configured. */
  readonly unprefixed: CarrierAccount | null;

  constructor(readonly kinds: readonly CarrierKind[]) {
    this.fixed = kinds.flatMap((kind) => kind.accounts);
    this.unprefixed = kinds.find((kind) => kind.hasUnprefixedPaths)?.accounts[0] ?? null;
    this.list([]);
    if (this.byKey.size < this.fixed.length) throw new Error('two accounts have the same key');
  }

  /**
   * Replaces the accounts of the store, all at once.
   *
   * @param stored in order; none with the key of an account of the environment
   * @param locked keys of accounts that exist and cannot be used, because their secrets cannot be
   *   read; `all`: any key may be one, because the store was not read yet
   */
  replaceStored(stored: readonly StoredAccount[], locked: ReadonlySet<string> | 'all'): void {
    this.stored = new Map(stored.map((one) => [one.account.key, one]));
    this.locked = locked;
    this.list(stored.map(({ account }) => account));
    for (const listener of this.listeners) listener();
  }

  /**
   * Calls `listener` after every change of the accounts of the store.
   * @returns ends the subscription
   */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The accounts, in the order in which they are listed, disabled ones too. */
  all(): readonly CarrierAccount[] {
    return this.accounts;
  }

  /** The accounts that take new calls. */
  enabled(): readonly CarrierAccount[] {
    return this.accounts.filter((account) => this.mayCall(account));
  }

  find(key: string): CarrierAccount | null {
    return this.byKey.get(key) ?? null;
  }

  /** Whether the account takes new calls, placed ones and inbound ones; an unknown one does not. */
  mayCall({ key }: Pick<CarrierAccount, 'key'>): boolean {
    return this.stored.get(key)?.enabled ?? this.byKey.has(key);
  }

  /** How many calls the account may have in progress at a time; null: it has no limit of its own. */
  limitOf({ key }: Pick<CarrierAccount, 'key'>): number | null {
    return this.stored.get(key)?.maxConcurrentCalls ?? null;
  }

  /** Whether an account of this key exists, or may exist, that cannot be used at the moment. */
  isLocked(key: string): boolean {
    return !this.byKey.has(key) && (this.locked === 'all' || this.locked.has(key));
  }

  /** Whether the account is configured by the environment, and cannot be changed while we run. */
  isFixed(key: string): boolean {
    return this.fixed.some((account) => account.key === key);
  }

  kindOf(name: string): CarrierKind | null {
    return this.kinds.find((kind) => kind.name === name) ?? null;
  }

  /** The first account of a carrier that takes new calls, else the first. */
  firstOf(kind: string): CarrierAccount | null {
    const found = this.accounts.filter((account) => account.kind === kind);
    return found.find((account) => this.mayCall(account)) ?? found[0] ?? null;
  }

  /** What to set for an account of any carrier, as a sentence. */
  get howToConfigure(): string {
    return `Set ${this.kinds.map(({ needs }) => needs).join('; or ')}.`;
  }

  hasKind(name: string): boolean {
    return this.kindOf(name) !== null;
  }

  /**
   * The account that can be asked about a run's call. Null where it is not configured, or where the
   * call belongs to another account of the carrier: under the wrong account, a carrier answers that
   * it knows no such call.
   */
  of(run: Pick<CallRun, 'accountKey' | 'accountId'>): CarrierAccount | null {
    const account = this.find(run.accountKey);
    return account?.accountId === run.accountId ? account : null;
  }

  /**
   * The part of a URL that names the account: its key, or null where the account has the paths
   * without one.
   */
  pathKeyOf(account: CarrierAccount): string | null {
    return account === this.unprefixed ? null : account.key;
  }

  /**
   * The accounts whose header marks a request has. Used only where its path does not say whose
   * request it is.
   */
  marked(headers: IncomingHttpHeaders): readonly CarrierAccount[] {
    return this.accounts.filter(({ ingress }) => {
      if (ingress.transport !== 'webhook' || ingress.marks.length === 0) return false;
      return ingress.marks.every((name) => headers[name] !== undefined);
    });
  }

  /** The account that dials when a request names none. */
  default(): CarrierAccount | null {
    return this.enabled()[0] ?? null;
  }

  /** The simulated carrier comes last, so that it dials only where no other account can, or where it is named. */
  private list(stored: readonly CarrierAccount[]): void {
    const real = this.fixed.filter(({ simulated }) => !simulated);
    const simulated = this.fixed.filter((account) => account.simulated);
    this.accounts = [...real, ...stored, ...simulated];
    this.byKey = new Map(this.accounts.map((account) => [account.key, account]));
  }
}

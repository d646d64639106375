import type { IncomingHttpHeaders } from 'node:http';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { CarrierAccount, CarrierKind } from './carrier-account.js';

/** The carriers that are plugged in, and their accounts. */
export class ProviderRegistry {
  private readonly accounts: readonly CarrierAccount[];
  private readonly byKey: ReadonlyMap<string, CarrierAccount>;

  /** The account that the paths without a key belong to; null while it is not configured. */
  readonly unprefixed: CarrierAccount | null;

  constructor(readonly kinds: readonly CarrierKind[]) {
    this.accounts = kinds.flatMap((kind) => kind.accounts);
    this.byKey = new Map(this.accounts.map((account) => [account.key, account]));
    if (this.byKey.size < this.accounts.length) throw new Error('two accounts have the same key');
    this.unprefixed = kinds.find((kind) => kind.hasUnprefixedPaths)?.accounts[0] ?? null;
  }

  /** The accounts, in the order in which they are listed. */
  all(): readonly CarrierAccount[] {
    return this.accounts;
  }

  find(key: string): CarrierAccount | null {
    return this.byKey.get(key) ?? null;
  }

  /** The first account of a carrier. */
  firstOf(kind: string): CarrierAccount | null {
    return this.accounts.find((account) => account.kind === kind) ?? null;
  }

  /** What to set for an account of any carrier, as a sentence. */
  get howToConfigure(): string {
    return `Set ${this.kinds.map(({ needs }) => needs).join('; or ')}.`;
  }

  hasKind(name: string): boolean {
    return this.kinds.some((kind) => kind.name === name);
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
    return this.accounts[0] ?? null;
  }
}

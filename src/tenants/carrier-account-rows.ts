import type { Selectable } from 'kysely';
import type { CarrierAccountsTable } from '../database/schema.js';
import type { Opened, Sealer } from '../shared/sealing/sealer.js';

export type Secrets = Readonly<Record<string, string>>;
type Unreadable = Extract<Opened, { kind: 'unreadable' }>['reason'];

/** What may be changed of an account. */
export interface CarrierAccountFields {
  name: string;
  settings: Record<string, unknown>;
  secrets: Secrets;
  callsPerSecond: number;
  /** Null: no limit of its own. */
  maxConcurrentCalls: number | null;
  enabled: boolean;
}

/** An account at a carrier, as the store has it. */
export interface StoredCarrierAccount extends Omit<CarrierAccountFields, 'secrets'> {
  key: string;
  provider: string;
  /** The carrier's own name of the account; empty where there is none. */
  accountId: string;
  /** Why the secrets cannot be read, where they cannot. */
  secrets: Secrets | Unreadable;
  /** Whether the secrets are encrypted with the key before the present one. */
  isStale: boolean;
  /** Another one with each change. */
  revision: string;
  createdAt: Date;
  updatedAt: Date;
}

export type AccountRow = Selectable<CarrierAccountsTable>;

/** Accounts as rows, with their secrets encrypted. */
export class AccountRows {
  constructor(private readonly sealer: Sealer) {}

  /** Null when there is no key to encrypt with. */
  seal(key: string, secrets: Secrets): string | null {
    return this.sealBytes(key, Buffer.from(JSON.stringify(secrets)));
  }

  /** The same secrets under the present key; null where they are under it already, or cannot be read. */
  sealAnew(row: AccountRow): string | null {
    const opened = this.open(row);
    const isStale = opened.kind === 'opened' && opened.stale;
    return isStale ? this.sealBytes(row.account_key, opened.plain) : null;
  }

  read(row: AccountRow): StoredCarrierAccount {
    const opened = this.open(row);
    return {
      key: row.account_key,
      provider: row.provider,
      accountId: row.account_id,
      name: row.name,
      settings: JSON.parse(row.settings) as Record<string, unknown>,
      secrets:
        opened.kind === 'opened'
          ? (JSON.parse(opened.plain.toString('utf8')) as Secrets)
          : opened.reason,
      isStale: opened.kind === 'opened' && opened.stale,
      callsPerSecond: row.millicalls_per_second / 1_000,
      maxConcurrentCalls: row.max_concurrent_calls,
      enabled: row.enabled === 1,
      revision: row.revision,
      createdAt: new Date(row.created_at),
      updatedAt: new Date(row.updated_at),
    };
  }

  private open({ account_key: key, sealed_secrets: sealed }: AccountRow): Opened {
    return this.sealer.open(Buffer.from(sealed, 'base64'), contextOf(key));
  }

  private sealBytes(key: string, plain: Buffer): string | null {
    return this.sealer.seal(plain, contextOf(key))?.toString('base64') ?? null;
  }
}

/** What is sealed for one account is not opened as that of another. */
function contextOf(key: string): string {
  return `carrier account ${key} secrets`;
}

/** The columns that hold what may be changed, secrets apart. */
export function columnsOf(fields: Omit<CarrierAccountFields, 'secrets'>) {
  return {
    name: fields.name,
    settings: JSON.stringify(fields.settings),
    millicalls_per_second: Math.round(fields.callsPerSecond * 1_000),
    max_concurrent_calls: fields.maxConcurrentCalls,
    enabled: fields.enabled ? 1 : 0,
  };
}

import { Injectable } from '@nestjs/common';
import { Cluster } from '../../cluster/cluster.js';
import { UrlSettings } from '../../config/settings.js';
import { StoredAccounts } from '../../control/accounts/stored-accounts.js';
import type { AccountForm } from '../../providers/account-form.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { invalidField, invalidFields, notFound, Problem } from '../../shared/problem.js';
import type {
  CarrierAccountFields,
  Secrets,
  StoredCarrierAccount,
} from '../../tenants/carrier-account-rows.js';
import { ACCOUNTS_MAX, CarrierAccounts } from '../../tenants/carrier-accounts.js';
import type { CreateCarrierAccountDto, UpdateCarrierAccountDto } from './carrier-account.dto.js';

const ATTEMPTS = 10;
/** How many of the workflows that are in the way are named. */
const WORKFLOWS_NAMED = 10;
const NO_KEY =
  'No CREDENTIALS_KEY is set, so the secrets of an account cannot be encrypted. Set CREDENTIALS_KEY to 32 bytes in base64 (`openssl rand -base64 32` makes them), the same at every instance, and restart. Nothing was saved.';

/** Makes, changes and deletes accounts of the store; the registry has the change when it resolves. */
@Injectable()
export class EditAccount {
  constructor(
    private readonly accounts: CarrierAccounts,
    private readonly stored: StoredAccounts,
    private readonly providers: ProviderRegistry,
    private readonly urls: UrlSettings,
    private readonly cluster: Cluster,
  ) {}

  /** @throws Problem */
  async create(body: CreateCarrierAccountDto): Promise<StoredCarrierAccount> {
    const { key, provider, settings } = body;
    const form = this.formOf(provider);
    this.assertReached(provider);
    if (this.providers.hasKind(key)) {
      throw invalidField(
        'key',
        'must not be the name of a carrier: the account of the environment has it',
      );
    }
    const fields: CarrierAccountFields = {
      name: body.name ?? key,
      settings,
      secrets: secretsIn(body.secrets),
      callsPerSecond: body.calls_per_second ?? form.callsPerSecond,
      maxConcurrentCalls: body.max_concurrent_calls ?? null,
      enabled: body.enabled ?? true,
    };
    const accountId = this.accountIdOf(form, key, fields);
    this.assertOther(key, provider, accountId);
    const result = await this.accounts.create({ key, provider, accountId }, fields);
    switch (result.kind) {
      case 'created':
        await this.stored.follow();
        return result.account;
      case 'exists':
        throw new Problem('conflict', `There is an account "${key}" already.`);
      case 'full':
        throw new Problem(
          'limit_reached',
          `There are ${ACCOUNTS_MAX} accounts. Delete one before you make another.`,
        );
      case 'no-key':
        throw new Problem('conflict', NO_KEY);
      default:
        return result satisfies never;
    }
  }

  /** @throws Problem */
  async update(key: string, body: UpdateCarrierAccountDto): Promise<StoredCarrierAccount> {
    this.assertStored(key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const account = await this.accounts.find(key);
      if (!account) throw notFound('carrier account');
      const updated = await this.change(account, body);
      if (updated) {
        await this.stored.follow();
        return updated;
      }
      // Another request has changed it since it was read.
    }
    throw new Problem('conflict', 'The account is being changed by others; try again.');
  }

  /** @throws Problem */
  async delete(key: string): Promise<void> {
    this.assertStored(key);
    const result = await this.accounts.delete(key);
    if (result.kind === 'not-found') throw notFound('carrier account');
    if (result.kind === 'in-use' && result.routedBy.length > 0) {
      const workflows = result.routedBy.slice(0, WORKFLOWS_NAMED).join(', ');
      throw new Problem(
        'conflict',
        `Workflows have a route through this account: ${workflows}. Change their routes first; until then you can disable it.`,
      );
    }
    if (result.kind === 'in-use') {
      throw new Problem(
        'conflict',
        'A claimed number belongs to this account, or a call of it is in progress. Release its numbers; until its calls have ended you can disable it.',
      );
    }
    await this.stored.follow();
  }

  private async change(
    account: StoredCarrierAccount,
    body: UpdateCarrierAccountDto,
  ): Promise<StoredCarrierAccount | null> {
    const plain = {
      name: body.name ?? account.name,
      settings: body.settings ?? account.settings,
      callsPerSecond: body.calls_per_second ?? account.callsPerSecond,
      maxConcurrentCalls:
        body.max_concurrent_calls === undefined
          ? account.maxConcurrentCalls
          : body.max_concurrent_calls,
      enabled: body.enabled ?? account.enabled,
    };
    if (body.settings === undefined && body.secrets === undefined) {
      return this.accounts.updateBesideSecrets(account, plain);
    }
    const known = typeof account.secrets === 'string' ? null : account.secrets;
    if (known === null && body.secrets === undefined) {
      throw new Problem(
        'conflict',
        'The secrets of this account cannot be read, so its settings cannot be checked against them. Enter the secrets anew too.',
      );
    }
    const form = this.formOf(account.provider);
    const fields = { ...plain, secrets: secretsIn({ ...known, ...body.secrets }) };
    if (this.accountIdOf(form, account.key, fields) !== account.accountId) {
      throw new Problem(
        'conflict',
        'A key stands for one account at the carrier, to which its calls and numbers belong. Make another account under another key.',
      );
    }
    if (!this.accounts.canSeal) throw new Problem('conflict', NO_KEY);
    return this.accounts.update(account, fields);
  }

  /** The carrier's own name of the account that these values make. */
  private accountIdOf(form: AccountForm, key: string, fields: CarrierAccountFields): string {
    const { settings, secrets, callsPerSecond } = fields;
    const faults = form.faultsIn({ settings, secrets });
    if (faults.length > 0) throw invalidFields(faults);
    return form.make({ key, settings, secrets, callsPerSecond }).accountId;
  }

  private formOf(provider: string): AccountForm {
    const kind = this.providers.kindOf(provider);
    if (!kind) throw invalidField('provider', 'is not a carrier of this service');
    if (!kind.form) {
      throw invalidField('provider', 'has accounts of the environment only');
    }
    return kind.form;
  }

  /**
   * Without PUBLIC_URL each instance would have a public address of its own. An instance that starts beside such an
   * account is refused, too.
   */
  private assertReached(provider: string): void {
    const others = this.cluster.members().length - 1;
    const needs = this.providers.kindOf(provider)?.capabilities.needsPublicUrl ?? false;
    if (!needs || this.urls.publicUrl !== null || others < 1) return;
    throw new Problem(
      'conflict',
      'This carrier must reach the service, and without PUBLIC_URL each instance would have a public address of its own. Set PUBLIC_URL, the same at every instance, or stop the others. Nothing was saved.',
    );
  }

  /** One account under two keys would have two paces, and its numbers could lead to one only. */
  private assertOther(key: string, provider: string, accountId: string): void {
    const same = this.providers
      .all()
      .find((one) => one.kind === provider && one.accountId === accountId && accountId !== '');
    if (!same || same.key === key) return;
    throw new Problem(
      'conflict',
      `This account of the carrier is there already, as "${same.key}".`,
    );
  }

  private assertStored(key: string): void {
    if (!this.providers.isFixed(key)) return;
    throw new Problem(
      'conflict',
      `The account "${key}" comes from the environment. Change its variables and restart.`,
    );
  }
}

/** Null takes a secret away. What else is no text is found by the schema. */
function secretsIn(values: Readonly<Record<string, unknown>>): Secrets {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null),
  ) as Secrets;
}

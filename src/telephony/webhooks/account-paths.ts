import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { WebhookIngress } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { CarrierPath } from './carrier-routes.js';

/** An account that sends us webhooks. */
export interface Callee {
  account: CarrierAccount;
  ingress: WebhookIngress;
}

/**
 * Decides which account a path belongs to. The path alone decides it, and no other account is
 * tried.
 */
@Injectable()
export class AccountPaths {
  constructor(private readonly providers: ProviderRegistry) {}

  /** Null when the path belongs to nobody: there is no such account, or it uses no webhooks. */
  calleeOf({ account: key }: CarrierPath): Callee | null {
    if (key === undefined) return null;
    const account = key === null ? this.providers.unprefixed : this.providers.find(key);
    return account ? calleeOf(account) : null;
  }

  /** Whether the path belongs to an account that exists and cannot be used at the moment. */
  isLocked({ account: key }: CarrierPath): boolean {
    return typeof key === 'string' && this.providers.isLocked(key);
  }

  /** The accounts whose marks a request has; for paths that belong to no account. */
  marked(headers: Parameters<ProviderRegistry['marked']>[0]): readonly Callee[] {
    return this.providers.marked(headers).flatMap((account) => calleeOf(account) ?? []);
  }

  /** The methods that are served there, as Express names them; empty when there is no such page. */
  methodsOf(path: CarrierPath): readonly string[] {
    const { purpose } = path;
    if (purpose === null) return [];
    const routes = this.calleeOf(path)?.ingress.routes ?? [];
    const methods = routes.find((route) => route.purpose === purpose)?.methods ?? [];
    // Express routes HEAD to GET.
    return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  }
}

function calleeOf(account: CarrierAccount): Callee | null {
  const { ingress } = account;
  return ingress.transport === 'webhook' ? { account, ingress } : null;
}

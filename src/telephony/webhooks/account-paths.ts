import { Injectable } from '@nestjs/common';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { WebhookIngress } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import type { CarrierPath } from './carrier-routes.js';

/** An account that is spoken to by webhooks. */
export interface Callee {
  account: CarrierAccount;
  ingress: WebhookIngress;
}

/** Whose a path is: it alone says so, and no other account is tried. */
@Injectable()
export class AccountPaths {
  constructor(private readonly providers: ProviderRegistry) {}

  /** Null where nobody has the path: no such account, or one that takes no webhooks. */
  calleeOf({ account: key }: CarrierPath): Callee | null {
    if (key === undefined) return null;
    const account = key === null ? this.providers.unprefixed : this.providers.find(key);
    return account ? calleeOf(account) : null;
  }

  /** Those whose mark a request bears; for paths that are nobody's. */
  marked(headers: Parameters<ProviderRegistry['marked']>[0]): readonly Callee[] {
    return this.providers.marked(headers).flatMap((account) => calleeOf(account) ?? []);
  }

  /** The methods that are served there, as Express names them; empty where there is no such page. */
  methodsOf(path: CarrierPath): readonly string[] {
    const { purpose } = path;
    if (purpose === null) return [];
    const routes = this.calleeOf(path)?.ingress.routes ?? [];
    const methods = routes.find((route) => route.purpose === purpose)?.methods ?? [];
    // Express leads HEAD to GET.
    return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  }
}

function calleeOf(account: CarrierAccount): Callee | null {
  const { ingress } = account;
  return ingress.transport === 'webhook' ? { account, ingress } : null;
}

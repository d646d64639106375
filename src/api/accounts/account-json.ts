import type { AccountFault } from '../../control/accounts/account-fault.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { CarrierKind } from '../../providers/carrier-kind.js';
import type { StoredCarrierAccount } from '../../tenants/carrier-account-rows.js';

/** An account of the store, without its secrets. */
export function storedJson(row: StoredCarrierAccount, fault: AccountFault | null) {
  return {
    key: row.key,
    provider: row.provider,
    name: row.name,
    source: 'store',
    settings: row.settings,
    secrets_set: typeof row.secrets === 'string' ? [] : Object.keys(row.secrets).sort(),
    calls_per_second: row.callsPerSecond,
    max_concurrent_calls: row.maxConcurrentCalls,
    enabled: row.enabled,
    state: fault ? 'unusable' : row.enabled ? 'ready' : 'disabled',
    problem: fault && { reason: fault.reason, fix: fault.fix },
    simulated: false,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** An account of the environment, which only a restart changes. */
export function fixedJson(account: CarrierAccount, kind: CarrierKind | null) {
  return {
    key: account.key,
    provider: account.kind,
    name: account.simulated ? 'Simulated carrier' : (kind?.label ?? account.kind),
    source: 'environment',
    settings: account.shownSettings,
    secrets_set: [],
    calls_per_second: account.callsPerSecond,
    max_concurrent_calls: null,
    enabled: true,
    state: 'ready',
    problem: null,
    simulated: account.simulated,
    created_at: null,
    updated_at: null,
  };
}

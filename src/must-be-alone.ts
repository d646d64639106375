import type { Instance } from './cluster/instance.js';
import { ALIVE_MS } from './cluster/leases.js';
import type { Alone } from './database/admit-alone.js';
import type { Settings } from './parse-settings.js';
import type { Capabilities } from './providers/capabilities.js';
import type { CarrierKind } from './providers/carrier-kind.js';

/**
 * Why this configuration does not work with several instances on one store; null: it does. A carrier
 * that asks for nothing over the web needs no public address.
 *
 * @param kinds with the accounts of the environment; those of the store are not known yet
 */
export function mustBeAlone(
  settings: Pick<Settings, 'simulatedCarrier' | 'urls'>,
  kinds: readonly CarrierKind[],
  { id, name }: Pick<Instance, 'id' | 'name'>,
): Alone | null {
  const why = reason(settings, kinds);
  return why && { instanceId: id, name, aliveMs: ALIVE_MS, ...why };
}

function reason(
  { simulatedCarrier, urls }: Pick<Settings, 'simulatedCarrier' | 'urls'>,
  kinds: readonly CarrierKind[],
): Pick<Alone, 'because' | 'fix' | 'withAccountsOf'> | null {
  if (simulatedCarrier.enabled) {
    return {
      because:
        'each instance would have a simulated carrier of its own, which knows nothing of the calls of the others',
      fix: 'configure a carrier',
      withAccountsOf: null,
    };
  }
  if (urls.publicUrl !== null) return null;
  const needs = ({ capabilities }: { capabilities: Capabilities }): boolean =>
    capabilities.needsPublicUrl;
  const isConfigured = kinds.some(({ accounts }) => accounts.some(needs));
  return {
    because: 'without PUBLIC_URL each instance would have a tunnel and a public address of its own',
    fix: 'set PUBLIC_URL, the same for all',
    withAccountsOf: isConfigured
      ? null
      : kinds.filter((kind) => kind.form !== null && needs(kind)).map((kind) => kind.name),
  };
}

import type { Instance } from './cluster/instance.js';
import { ALIVE_MS } from './cluster/leases.js';
import type { Alone } from './database/admit-alone.js';
import type { Settings } from './parse-settings.js';

/**
 * Why this configuration does not work with several instances on one store; null: it does. A carrier
 * that asks for nothing over the web needs no public address.
 */
export function mustBeAlone(settings: Settings, { id, name }: Instance): Alone | null {
  const why = reason(settings);
  return why && { instanceId: id, name, aliveMs: ALIVE_MS, ...why };
}

function reason({
  simulatedCarrier,
  twilio,
  urls,
}: Settings): Pick<Alone, 'because' | 'fix'> | null {
  if (simulatedCarrier.enabled) {
    return {
      because:
        'each instance would have a simulated carrier of its own, which knows nothing of the calls of the others',
      fix: 'configure a carrier',
    };
  }
  if (twilio !== null && urls.publicUrl === null) {
    return {
      because:
        'without PUBLIC_URL each instance would have a tunnel and a public address of its own',
      fix: 'set PUBLIC_URL, the same for all',
    };
  }
  return null;
}

import type { CallRun } from '../calls/ledger/call-run.js';
import type { PlaceCall } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import type { ProviderRegistry } from '../providers/provider-registry.js';
import { answerUrl, eventsUrl } from '../urls/call-urls.js';

/** What a carrier is asked for a run; every repetition is the same. */
export function placeRequest(
  run: CallRun,
  account: CarrierAccount,
  providers: ProviderRegistry,
): PlaceCall {
  const addressee = { origin: run.publicOrigin, key: providers.pathKeyOf(account) };
  return {
    runId: run.runId,
    // The key also differs from those of another installation with the same account, whose runs
    // count from 1 too.
    idempotencyKey: `patchbay-${run.runId}-${run.createdAt.getTime()}`,
    to: run.to,
    from: run.from,
    urls:
      run.publicOrigin === ''
        ? null
        : { answer: answerUrl(addressee, run), events: eventsUrl(addressee, run.runId) },
    ringTimeoutSeconds: run.ringTimeoutSeconds,
    maxDurationSeconds: run.maxDurationSeconds,
    machineDetection: account.capabilities.machineDetection ? run.machineDetection : null,
  };
}

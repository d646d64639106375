import { callEvent } from '../calls/ledger/call-event.js';
import type { CallIds } from '../calls/ledger/call-ids.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import type { Capabilities } from '../providers/capabilities.js';

/**
 * Records that the carrier has accepted a dial, with its ids of the call. For a carrier that never
 * reports `initiated`, this is the moment when it is true.
 */
export function adoptDialled(
  draft: RunDraft,
  { tells }: Capabilities,
  ids: CallIds,
  accountId: string | null,
): void {
  draft.adoptCall(ids, accountId);
  if (tells.includes('initiated')) return;
  draft.record(
    callEvent({
      type: 'status',
      source: 'api',
      status: 'initiated',
      detail: { dial: 'accepted' },
      dedupeKey: 'dial:accepted',
    }),
  );
}

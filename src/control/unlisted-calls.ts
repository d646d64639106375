import { Injectable } from '@nestjs/common';
import { isKnown } from '../calls/ledger/call-ids.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { enterReport } from '../calls/transfers/transfer-entries.js';
import { LiveRuns } from '../calls/ledger/live-runs.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import type { FeedTold } from '../providers/ingress.js';
import { unknownEnd } from './unknown-end.js';

/** Finds out what became of calls that a carrier does not list among its live calls any more. */
@Injectable()
export class UnlistedCalls {
  constructor(
    private readonly ledger: CallLedger,
    private readonly runs: LiveRuns,
  ) {}

  /**
   * The calls of an account that are live as far as the ledger knows, and that the carrier has
   * named. Read before the carrier is asked for its list, which then has all that are still alive.
   */
  async known(account: CarrierAccount): Promise<CallRun[]> {
    const live = await this.runs.ofAccount(account.key);
    return live.filter((run) => run.accountId === account.accountId && isKnown(idsOf(run)));
  }

  /**
   * Ends those of the known calls that are not listed. Where the carrier can be asked about a
   * single call, it is asked at once; where it cannot, the list is its last word. Returns how many
   * are not listed.
   */
  async conclude(
    account: CarrierAccount,
    known: readonly CallRun[],
    listed: readonly FeedTold[],
  ): Promise<number> {
    const own = listed.filter(({ leg }) => leg === undefined);
    const gone = known.filter((run) => !own.some((told) => isOf(run, told)));
    const legs = new Set(listed.flatMap(({ leg }) => (leg?.leg ? [leg.leg] : [])));
    await Promise.all(
      known
        .filter((run) => !gone.includes(run))
        .flatMap(({ runId, otherIds: { transfer } }) =>
          transfer === undefined || legs.has(transfer) ? [] : [this.concludeLeg(runId, transfer)],
        ),
    );
    const canAsk = account.capabilities.lookUp !== 'none';
    await Promise.all(gone.map(({ runId }) => this.concludeOne(runId, canAsk)));
    return gone.length;
  }

  /** The person's side of a transfer is over, and it was missed how it ended. */
  private async concludeLeg(runId: number, leg: string): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      if (!draft || draft.run.otherIds.transfer !== leg) return;
      const isAnswered = draft.run.transferState === 'answered';
      enterReport(draft, {
        transfer: null,
        leg,
        step: 'over',
        failure: isAnswered ? null : 'failed',
        source: 'reconcile',
        occurredAt: null,
        durationSeconds: null,
        sipCode: null,
        payload: {},
      });
    });
  }

  private async concludeOne(runId: number, canAsk: boolean): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return;
      if (canAsk) {
        draft.change({ checkAt: draft.now });
        return;
      }
      draft.record(unknownEnd(draft.run, 'does not list it any more', 'reconcile:unlisted'));
    });
  }
}

function isOf(run: CallRun, told: FeedTold): boolean {
  if (told.runId !== null) return told.runId === run.runId;
  const { call, request } = idsOf(run);
  if (call !== null && told.ids.call !== null) return call === told.ids.call;
  return request !== undefined && request === told.ids.request;
}

import { Injectable } from '@nestjs/common';
import { callEvent } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { CallControl } from './call-control.js';
import { notFound } from '../shared/problem.js';

/** Ends a call at a user's request, from every state. */
@Injectable()
export class HangUpCall {
  private readonly underWay = new Map<number, Promise<CallRun>>();

  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
  ) {}

  async hangUp(runId: number): Promise<CallRun> {
    const run = await this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return draft?.run ?? null;
      const neverDialled =
        draft.run.direction === 'outbound' &&
        draft.run.dialledAt === null &&
        !isKnown(idsOf(draft.run));
      draft.requestHangup('api_hangup');
      // The run is still in our queue: no phone has rung and none will.
      if (neverDialled) {
        draft.record(callEvent({ type: 'status', source: 'api', status: 'canceled' }));
      }
      return draft.run;
    });
    if (!run) throw notFound('call');
    return this.carryOut(run);
  }

  /** Simultaneous requests share one request to the carrier. */
  private carryOut(run: CallRun): Promise<CallRun> {
    let work = this.underWay.get(run.runId);
    if (!work) {
      work = this.control.carryOut(run).finally(() => this.underWay.delete(run.runId));
      this.underWay.set(run.runId, work);
    }
    return work;
  }
}

import { Injectable } from '@nestjs/common';
import { callEvent } from '../../calls/call-event.js';
import { CallLedger } from '../../calls/call-ledger.js';
import type { CallRun } from '../../calls/call-run.js';
import { isTerminal } from '../../calls/call-status.js';
import { CallControl } from '../../providers/call-control.js';
import { notFound } from '../../shared/problem.js';

/** Ends a call at our user's wish, from every state. */
@Injectable()
export class HangUpCall {
  private readonly underWay = new Map<number, Promise<CallRun>>();

  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
  ) {}

  async hangUp(runId: number): Promise<CallRun> {
    const run = await this.ledger.change({ runId }, (unit) => {
      if (!unit || isTerminal(unit.run.status)) return unit?.run ?? null;
      const neverDialled =
        unit.run.direction === 'outbound' &&
        unit.run.dialledAt === null &&
        unit.run.providerCallId === null;
      unit.requestHangup('api_hangup');
      // Still in our queue: nobody's phone has rung and none will.
      if (neverDialled) {
        unit.record(callEvent({ type: 'status', source: 'api', status: 'canceled' }));
      }
      return unit.run;
    });
    if (!run) throw notFound('call');
    return this.carryOut(run);
  }

  /** Requests that come together share one request to the carrier. */
  private carryOut(run: CallRun): Promise<CallRun> {
    let work = this.underWay.get(run.runId);
    if (!work) {
      work = this.control.carryOut(run).finally(() => this.underWay.delete(run.runId));
      this.underWay.set(run.runId, work);
    }
    return work;
  }
}

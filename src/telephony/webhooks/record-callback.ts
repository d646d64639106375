import { Injectable } from '@nestjs/common';
import type { CallEventDraft, EventOutcome } from '../../calls/call-event.js';
import { CallLedger, type RunName } from '../../calls/call-ledger.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import type { CallRun } from '../../calls/call-run.js';
import type { RunUnit } from '../../calls/run-unit.js';
import { isUniqueViolation } from '../../database/store-errors.js';
import { CallControl } from '../../providers/call-control.js';
import { isMalformed } from '../../providers/telephony-provider.js';
import { Log } from '../../shared/logger.js';
import { timeOf, Tracer } from '../../shared/tracing/tracer.js';
import { CarrierRefusal } from './carrier-refusal.js';
import type { VerifiedWebhook } from './signature.guard.js';

type Rejected = { status: 404 | 409; reason: string };

/** Writes one callback of a carrier into the ledger. */
@Injectable()
export class RecordCallback {
  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly log: Log,
  ) {}

  /**
   * Resolves once the event is durable: what is acknowledged is never lost.
   * @param runId from the URL; null where the URL could not carry one
   * @throws CarrierRefusal when the callback is not this run's, or not one at all
   */
  async record(webhook: VerifiedWebhook, runId: number | null): Promise<void> {
    const askedAt = performance.now();
    const report = webhook.provider.parseCallback(webhook.fields);
    if (isMalformed(report)) {
      throw new CarrierRefusal(400, 'status-callback', 'malformed', runId, {
        problem: report.malformed,
      });
    }
    const provider = webhook.provider.name;
    const name: RunName = runId === null ? { provider, callId: report.callId } : { runId };
    const apply = (unit: RunUnit | null) => {
      if (!unit || unit.run.provider !== provider) return refused(404, 'run-unknown');
      const { providerCallId, accountId } = unit.run;
      if (providerCallId !== null && providerCallId !== report.callId) {
        return refused(409, 'call-id-mismatch');
      }
      if (accountId !== report.accountId) return refused(409, 'account-mismatch');
      unit.adoptCall(report.callId, report.accountId);
      const outcome = unit.record(report.event);
      return { run: unit.run, outcome, isGivenUp: unit.isGivenUp };
    };
    const result = await this.ledger.change(name, apply).catch((error: unknown) => {
      // The call is another run's already.
      if (isUniqueViolation(error)) return refused(409, 'call-id-mismatch');
      throw error;
    });
    if ('reason' in result) {
      throw new CarrierRefusal(result.status, 'status-callback', result.reason, runId);
    }
    this.note(result, report.event, askedAt);
    // A hang-up that was asked for before the carrier's id was known. The
    // acknowledgement does not wait for it, and the reconciler repeats it.
    const { run } = result;
    if (run.hangupReason !== null && run.hangupAcceptedAt === null) {
      this.control.carryOut(run).catch((error: unknown) => {
        this.log.warn('hangup.postponed', { workflow_run_id: run.runId, error });
      });
    }
    // Given up here, and the carrier still tells of it: it lives.
    if (result.isGivenUp) void this.control.endIfStray(run.runId, report.callId);
  }

  private note(
    { run, outcome }: { run: CallRun; outcome: EventOutcome },
    { status, type, sequence }: CallEventDraft,
    askedAt: number,
  ): void {
    this.metrics.callbacks.add({ status: status ?? type, outcome });
    this.tracer.record({
      call: run,
      name: 'status-callback',
      kind: 'server',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': run.provider,
        'patchbay.type': type,
        'patchbay.status': status,
        'patchbay.sequence': sequence,
        'patchbay.outcome': outcome,
      },
    });
  }
}

function refused(status: 404 | 409, reason: string): Rejected {
  return { status, reason };
}

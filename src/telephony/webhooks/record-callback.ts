import { Injectable } from '@nestjs/common';
import type { CallEventDraft, EventOutcome } from '../../calls/ledger/call-event.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { RunName } from '../../calls/ledger/run-name.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { CallTakenError } from '../../calls/ledger/call-taken-error.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { CallControl } from '../../control/call-control.js';
import { isMalformed } from '../../providers/telephony-provider.js';
import { Log } from '../../shared/logger.js';
import { timeOf, Tracer } from '../../shared/tracing/tracer.js';
import { CarrierRefusal } from './carrier-refusal.js';
import type { VerifiedWebhook } from './signature-check.js';

/** Events of type `other` that a run keeps; a transcription of the carrier's tells of each sentence. */
const OTHERS_KEPT = 100;

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
    const { callId } = report;
    const name = runNamed(runId, provider, callId);
    if (name === null) throw unnamed();
    const apply = (draft: RunDraft | null) => {
      if (!draft || draft.run.provider !== provider) return refused(404, 'run-unknown');
      const { providerCallId, accountId } = draft.run;
      if (callId !== null && providerCallId !== null && providerCallId !== callId) {
        return refused(409, 'call-id-mismatch');
      }
      if (accountId !== report.accountId) return refused(409, 'account-mismatch');
      if (callId !== null) draft.adoptCall(callId, report.accountId);
      // Acknowledged all the same: what is about something else than the call must not swell its record.
      const isKept = report.event.type !== 'other' || othersOf(draft) < OTHERS_KEPT;
      const outcome = isKept ? draft.record(report.event) : null;
      return { run: draft.run, outcome, isGivenUp: draft.isGivenUp };
    };
    const result = await this.ledger.change(name, apply).catch((error: unknown) => {
      if (error instanceof CallTakenError) return refused(409, 'call-id-mismatch');
      throw error;
    });
    if ('reason' in result) {
      throw new CarrierRefusal(result.status, 'status-callback', result.reason, runId);
    }
    const { run, outcome } = result;
    if (outcome !== null) this.note(run, outcome, report.event, askedAt);
    // A hang-up that was asked for before the carrier's id was known. The
    // acknowledgement does not wait for it, and the reconciler repeats it.
    if (run.hangupReason !== null && run.hangupAcceptedAt === null) {
      this.control.carryOut(run).catch((error: unknown) => {
        this.log.warn('hangup.postponed', { workflow_run_id: run.runId, error });
      });
    }
    // Given up here, and the carrier still tells of it: it lives.
    if (result.isGivenUp && callId !== null) {
      void this.control.endIfStray(run.runId, callId);
    }
  }

  private note(
    run: CallRun,
    outcome: EventOutcome,
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

/** Null where neither the URL nor the carrier says which call it is about. */
function runNamed(runId: number | null, provider: string, callId: string | null): RunName | null {
  if (runId !== null) return { runId };
  return callId === null ? null : { provider, callId };
}

function unnamed(): CarrierRefusal {
  return new CarrierRefusal(400, 'status-callback', 'malformed', null, {
    problem: 'the call is named neither in the URL nor in the fields',
  });
}

function othersOf(draft: RunDraft): number {
  return draft.timeline.reduce((count, { type }) => (type === 'other' ? count + 1 : count), 0);
}

function refused(status: 404 | 409, reason: string): Rejected {
  return { status, reason };
}

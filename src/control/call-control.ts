import { Injectable } from '@nestjs/common';
import type { EndReason } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { CallMetrics } from '../calls/call-metrics.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import { isTerminal, rankOf } from '../calls/ledger/call-status.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { timeOf, Tracer } from '../shared/tracing/tracer.js';
import { ProviderRegistry } from '../providers/provider-registry.js';

/** After a carrier refused or missed a hang-up, it is asked again after this many milliseconds. */
const HANGUP_RETRY_MS = 2_000;
/** After a hang-up the carrier's own callback is awaited this long before the carrier is asked. */
const CONFIRM_MS = 10_000;

/** Ends calls at the carrier. What was asked for is in the ledger first, so that a crash only delays it. */
@Injectable()
export class CallControl {
  constructor(
    private readonly ledger: CallLedger,
    private readonly providers: ProviderRegistry,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Asks for the end of a call from whatever state it is in, once: a second
   * request changes nothing. The status stays until the carrier confirms.
   * Null when there is no such run.
   */
  async hangUp(runId: number, reason: EndReason): Promise<CallRun | null> {
    const run = await this.ledger.change({ runId }, (draft) => {
      draft?.requestHangup(reason);
      return draft?.run ?? null;
    });
    return run ? this.carryOut(run) : null;
  }

  /**
   * The carrier has just shown that a call lives whose run is over here. Where
   * only we had said so (its dial was lost, it waited too long, nobody knew it),
   * it is ended there. Never throws; the next sign of life repeats it.
   */
  async endIfStray(runId: number, callId: string): Promise<void> {
    try {
      const run = await this.ledger.change({ runId }, (draft) =>
        draft?.isGivenUp ? draft.run : null,
      );
      if (run) await this.endStray(run, callId);
    } catch (error) {
      this.log.warn('call.stray_not_ended', { workflow_run_id: runId, error });
    }
  }

  private async endStray(run: CallRun, callId: string): Promise<void> {
    const result = await this.providers.of(run)?.endCall(callId, true);
    this.log.warn('call.stray', {
      workflow_run_id: run.runId,
      result: result?.kind ?? 'not-configured',
    });
  }

  /** Tells the carrier what the ledger already holds; safe to repeat. */
  async carryOut(run: CallRun): Promise<CallRun> {
    if (
      isTerminal(run.status) ||
      run.hangupReason === null ||
      run.hangupAcceptedAt !== null ||
      // Not known to the carrier yet: carried out as soon as its id is told.
      run.providerCallId === null
    ) {
      return run;
    }
    const provider = this.providers.of(run);
    if (!provider) return run;
    const ringing = rankOf(run.status) < rankOf('answered');
    const askedAt = performance.now();
    const result = await provider.endCall(run.providerCallId, ringing);
    this.metrics.hangUps.add({ provider: provider.name, result: result.kind });
    this.tracer.record({
      call: run,
      name: 'hang-up',
      kind: 'client',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': provider.name,
        'patchbay.reason': run.hangupReason,
        'patchbay.result': result.kind,
      },
      failure: result.kind === 'failed' ? 'failed' : null,
    });
    const accepted = result.kind !== 'failed';
    if (result.kind === 'failed') {
      this.log.warn('hangup.failed', { workflow_run_id: run.runId, reason: result.message });
    }
    // A call that the carrier calls over is asked for at once; else its callback has some time.
    const wait =
      result.kind === 'already-ended'
        ? 0
        : result.kind === 'accepted'
          ? CONFIRM_MS
          : HANGUP_RETRY_MS;
    const changed = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return draft?.run;
      const now = this.clock.now();
      draft.change({
        checkAt: new Date(now.getTime() + wait),
        ...(accepted ? { hangupAcceptedAt: now } : {}),
      });
      return draft.run;
    });
    return changed ?? run;
  }
}

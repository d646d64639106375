import { Injectable } from '@nestjs/common';
import { callEvent, type EndReason } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { CallMetrics } from '../calls/call-metrics.js';
import { isKnown, type CallIds } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal, rankOf } from '../calls/ledger/call-status.js';
import { HANGUP_RETRY_MS } from '../calls/ledger/run-draft.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { timeOf, Tracer } from '../shared/tracing/tracer.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';

/**
 * The time, in milliseconds, that the carrier's own callback has after a hang-up before the carrier
 * is asked.
 */
const CONFIRM_MS = 10_000;

/** Ends calls at the carrier. The request is in the ledger first, so a crash only delays it. */
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
   * Requests the end of a call from whatever state it is in, once: a second request changes
   * nothing. The status stays until the carrier confirms. Returns null when there is no such run.
   */
  async hangUp(runId: number, reason: EndReason): Promise<CallRun | null> {
    const run = await this.ledger.change({ runId }, (draft) => {
      draft?.requestHangup(reason);
      return draft?.run ?? null;
    });
    return run ? this.carryOut(run) : null;
  }

  /**
   * The carrier has just shown that a call is alive whose run is over here. If the end was only our
   * own conclusion (its dial was lost, it waited too long, nobody knew it), the call is ended at
   * the carrier. Never throws; the next sign of life repeats it.
   */
  async endIfStray(runId: number, ids: CallIds): Promise<void> {
    try {
      const run = await this.ledger.change({ runId }, (draft) =>
        draft?.isGivenUp ? draft.run : null,
      );
      if (run) await this.endStray(run, ids);
    } catch (error) {
      this.log.warn('call.stray_not_ended', { workflow_run_id: runId, error });
    }
  }

  /**
   * An account tells of a call that it did not take, so that another account has been asked for it: of the two, this one
   * is ended. Never throws.
   */
  async endAbandoned(runId: number, account: CarrierAccount, ids: CallIds): Promise<void> {
    const result = await account.calls.end(ids, 'cancel');
    this.log.warn('call.stray', {
      workflow_run_id: runId,
      account: account.key,
      result: result.kind,
    });
  }

  private async endStray(run: CallRun, ids: CallIds): Promise<void> {
    const result = await this.providers.of(run)?.calls.end(ids, 'cancel');
    this.log.warn('call.stray', {
      workflow_run_id: run.runId,
      account: run.accountKey,
      result: result?.kind ?? 'not-configured',
    });
  }

  /** Sends the carrier the request that the ledger already holds; safe to repeat. */
  async carryOut(run: CallRun): Promise<CallRun> {
    if (
      isTerminal(run.status) ||
      run.hangupReason === null ||
      run.hangupAcceptedAt !== null ||
      // The carrier does not know the call yet: the hang-up is carried out as soon as its id is
      // known.
      !isKnown(idsOf(run))
    ) {
      return run;
    }
    const account = this.providers.of(run);
    if (!account) return run;
    const how = rankOf(run.status) < rankOf('answered') ? 'cancel' : 'hangup';
    const askedAt = performance.now();
    const result = await account.calls.end(idsOf(run), how);
    this.metrics.hangUps.add({ provider: account.kind, result: result.kind });
    this.tracer.record({
      call: run,
      name: 'hang-up',
      kind: 'client',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': account.kind,
        'patchbay.reason': run.hangupReason,
        'patchbay.result': result.kind,
      },
      failure: result.kind === 'failed' ? 'failed' : null,
    });
    const accepted = result.kind !== 'failed';
    if (result.kind === 'failed') {
      this.log.warn('hangup.failed', { workflow_run_id: run.runId, reason: result.message });
    }
    // A call that is over according to the carrier is looked up at once; otherwise its callback has
    // some time.
    const wait =
      result.kind === 'already-ended'
        ? 0
        : result.kind === 'accepted'
          ? CONFIRM_MS
          : HANGUP_RETRY_MS;
    const changed = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return draft?.run;
      // This carrier cannot report how the call ended, so its word that the call is over is final.
      if (result.kind === 'already-ended' && account.capabilities.lookUp === 'none') {
        draft.record(endedSomehow(draft.run));
        return draft.run;
      }
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

function endedSomehow(run: CallRun) {
  return callEvent({
    type: 'status',
    source: 'reconcile',
    status: run.answeredAt ? 'completed' : 'canceled',
    detail: { carrier: 'says that it is over, not how' },
    dedupeKey: 'hangup:already-ended',
  });
}

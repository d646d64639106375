import { Injectable } from '@nestjs/common';
import { callEvent, type RecordedEvent } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { CallMetrics } from '../calls/call-metrics.js';
import { DialQueue } from '../calls/dialling/dial-queue.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { timeOf, Tracer } from '../shared/tracing/tracer.js';
import { adoptDialled } from './adopt-dialled.js';
import { CallControl } from './call-control.js';
import { NOT_IN_TIME, type DialOutcome } from './dial-outcomes.js';
import { placeRequest } from './place-request.js';

/** Results after which the dial may be tried again. */
type NothingRings = Extract<DialResult, { kind: 'throttled' | 'unreachable' }>;

/** The run waits in the queue again, and may be claimed after so many milliseconds. */
export interface Requeued {
  kind: 'requeued';
  inMs: number;
}

/** Pauses before further tries, when it is certain that nothing rings. */
const RETRY_PAUSES_MS = [250, 1_000, 2_000];
const THROTTLE_PAUSE_MAX_MS = 10_000;
/** How long after a lost reply the carrier is asked what became of the dial. */
const ASK_AFTER_MS = 5_000;

/** Asks carriers to dial runs that this instance has claimed, and records what became of it. */
@Injectable()
export class DialAttempts {
  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
    private readonly queue: DialQueue,
    private readonly providers: ProviderRegistry,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly log: Log,
  ) {}

  /** Asks the carrier, once. */
  async make(run: CallRun, account: CarrierAccount): Promise<DialOutcome | Requeued> {
    const askedAt = performance.now();
    const result = await account.calls.place(placeRequest(run, account, this.providers));
    this.note(run, account, result, askedAt);
    if (result.kind !== 'throttled' && result.kind !== 'unreachable') {
      return this.conclude(run.runId, account, result);
    }
    const tries = (await this.ledger.events(run.runId)).filter(isRetry).length;
    const pause = RETRY_PAUSES_MS[tries];
    return pause === undefined
      ? this.conclude(run.runId, account, result)
      : this.retry(run, account, result, tries + 1, pause);
  }

  /** The carrier was not asked: the run waits for another moment of the pace, and has lost no try. */
  async putBack(run: CallRun): Promise<DialOutcome | Requeued> {
    return this.requeue(run.runId, 0, () => undefined);
  }

  /** Ends a run that will not be dialled: it was hung up, or has waited too long. */
  async giveUp(runId: number): Promise<DialOutcome> {
    const run = await this.change(runId, (draft) => {
      if (draft.run.dialledAt !== null) return;
      if (draft.run.hangupReason === null) fail(draft, 'queue_timeout', {});
      else callOff(draft);
    });
    return run.endReason === 'queue_timeout'
      ? { kind: 'unavailable', run, reason: NOT_IN_TIME }
      : { kind: 'placed', run };
  }

  /**
   * The timeline shows why a call came late. A carrier that is asked too often is left alone by
   * all instances for the pause; one that cannot be reached is asked for other runs.
   */
  private async retry(
    run: CallRun,
    account: CarrierAccount,
    result: NothingRings,
    attempt: number,
    pause: number,
  ): Promise<DialOutcome | Requeued> {
    this.log.warn('dial.retried', { workflow_run_id: run.runId, reason: result.kind });
    const asked = result.kind === 'throttled' ? (result.retryAfterSeconds ?? 0) * 1_000 : 0;
    const inMs = Math.min(Math.max(pause, asked), THROTTLE_PAUSE_MAX_MS);
    if (result.kind === 'throttled') await this.queue.pause(account.key, inMs);
    else await this.queue.putOff(run.runId, inMs);
    return this.requeue(run.runId, inMs, (draft) => {
      draft.record(
        callEvent({
          type: 'status',
          source: 'api',
          status: 'queued',
          detail: { dial: 'retried', attempt, reason: whyNot(result) },
        }),
      );
    });
  }

  /**
   * The run counts as never dialled, so any instance may claim it again. Not so a call that was
   * hung up meanwhile, which never will be dialled, or one that the carrier tells of: it has
   * arrived after all.
   */
  private async requeue(
    runId: number,
    inMs: number,
    note: (draft: RunDraft) => void,
  ): Promise<DialOutcome | Requeued> {
    const run = await this.change(runId, (draft) => {
      if (isTerminal(draft.run.status) || isKnown(idsOf(draft.run))) return;
      note(draft);
      draft.change({ dialledAt: null });
      if (draft.run.hangupReason !== null) callOff(draft);
    });
    const waits = run.dialledAt === null && !isTerminal(run.status);
    return waits ? { kind: 'requeued', inMs } : { kind: 'placed', run };
  }

  private note(run: CallRun, account: CarrierAccount, result: DialResult, askedAt: number): void {
    this.metrics.dialSeconds.observeSince(askedAt);
    this.metrics.dials.add({ provider: account.kind, result: result.kind });
    this.tracer.record({
      call: run,
      name: 'dial',
      kind: 'client',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': account.kind,
        'patchbay.result': result.kind,
        'http.response.status_code': statusOf(result),
      },
      failure: result.kind === 'accepted' ? null : result.kind,
    });
  }

  private async conclude(
    runId: number,
    account: CarrierAccount,
    result: DialResult,
  ): Promise<DialOutcome> {
    switch (result.kind) {
      case 'accepted': {
        const run = await this.change(runId, (draft) =>
          adoptDialled(draft, account.capabilities, result.ids, result.accountId),
        );
        // The run was given up while the carrier was still answering.
        if (isTerminal(run.status)) await this.control.endIfStray(runId, result.ids);
        // Carries out a hang-up that was requested while the carrier was being asked.
        return { kind: 'placed', run: await this.control.carryOut(run) };
      }
      case 'unknown': {
        this.log.warn('dial.unknown', { workflow_run_id: runId, reason: result.message });
        const run = await this.change(runId, (draft) => {
          draft.record(
            callEvent({
              type: 'status',
              source: 'api',
              status: 'submission-unknown',
              detail: { reason: result.message },
            }),
          );
          draft.change({ checkAt: new Date(draft.now.getTime() + ASK_AFTER_MS) });
        });
        return { kind: 'placed', run };
      }
      case 'rejected': {
        const { code, message } = result;
        const run = await this.change(runId, (draft) =>
          fail(draft, 'provider_rejected', { provider_code: code, reason: message }),
        );
        return isTerminal(run.status)
          ? { kind: 'rejected', run, reason: `${message} (${code})` }
          : { kind: 'placed', run };
      }
      case 'throttled':
      case 'unreachable': {
        const reason = whyNot(result);
        const run = await this.change(runId, (draft) => fail(draft, 'failed', { reason }));
        return isTerminal(run.status)
          ? { kind: 'unavailable', run, reason }
          : { kind: 'placed', run };
      }
      default:
        return result satisfies never;
    }
  }

  private async change(runId: number, work: (draft: RunDraft) => void): Promise<CallRun> {
    return this.ledger.change({ runId }, (draft) => {
      if (!draft) throw new Error(`run ${runId} is gone`);
      work(draft);
      return draft.run;
    });
  }
}

/**
 * Changes nothing for a call that the carrier reports: the call is alive, whatever the carrier
 * answered to the dial.
 */
function fail(
  draft: RunDraft,
  endReason: 'provider_rejected' | 'queue_timeout' | 'failed',
  detail: Record<string, unknown>,
): void {
  if (isTerminal(draft.run.status) || isKnown(idsOf(draft.run))) return;
  draft.record(callEvent({ type: 'status', source: 'api', status: 'failed', endReason, detail }));
}

/** The call was hung up, and nothing rings. */
function callOff(draft: RunDraft): void {
  if (isTerminal(draft.run.status) || isKnown(idsOf(draft.run))) return;
  draft.record(callEvent({ type: 'status', source: 'api', status: 'canceled' }));
}

function isRetry({ detail }: RecordedEvent): boolean {
  return detail['dial'] === 'retried';
}

function whyNot(result: NothingRings): string {
  return result.kind === 'throttled' ? 'the carrier takes no more requests' : result.message;
}

function statusOf(result: DialResult): number | null {
  if (result.kind === 'throttled') return 429;
  return result.kind === 'unreachable' ? null : result.httpStatus;
}

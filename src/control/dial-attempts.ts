import { Injectable } from '@nestjs/common';
import { callEvent } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { CallMetrics } from '../calls/call-metrics.js';
import { DialQueue } from '../calls/dialling/dial-queue.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { timeOf, Tracer } from '../shared/tracing/tracer.js';
import { adoptDialled } from './adopt-dialled.js';
import { CallControl } from './call-control.js';
import {
  callOff,
  dialEvent,
  dialledAccount,
  fail,
  isSettled,
  passedOverEvent,
  reasonOf,
  type FullAccount,
} from './dial-events.js';
import { DialFailover, type Requeued } from './dial-failover.js';
import { NOT_IN_TIME, type DialOutcome } from './dial-outcomes.js';
import { DialRoutes } from './dial-routes.js';
import { placeRequest } from './place-request.js';

/** Results after which the dial may be tried again. */
type NothingRings = Extract<DialResult, { kind: 'throttled' | 'unreachable' }>;

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
    private readonly failover: DialFailover,
    private readonly routes: DialRoutes,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly log: Log,
  ) {}

  /** Asks the carrier, once. */
  async make(run: CallRun, account: CarrierAccount): Promise<DialOutcome | Requeued> {
    const askedAt = performance.now();
    const result = await account.calls.place(placeRequest(run, account, this.providers));
    this.note(run, account, result, askedAt);
    if (result.kind === 'throttled') {
      const pause = await this.pauseAfter(run, account);
      if (pause !== null) return this.retry(run, account, result, pause);
    }
    const gone = await this.failover.goOn(run, account, result);
    // Nothing is left but to wait.
    if (gone.kind === 'stays' && result.kind === 'unreachable') {
      const pause = await this.pauseAfter(run, account);
      if (pause !== null) return this.retry(run, account, result, pause);
    }
    const outcome =
      gone.kind === 'stays' ? await this.conclude(run.runId, account, result, gone.full) : gone;
    await this.routes.note(account, result);
    return outcome;
  }

  /** The carrier was not asked: the run waits for another moment of the pace, and has lost no try. */
  async putBack(run: CallRun, account: CarrierAccount): Promise<DialOutcome | Requeued> {
    return this.requeue(run.runId, account, 0, () => undefined);
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
    pause: number,
  ): Promise<DialOutcome | Requeued> {
    this.log.warn('dial.retried', { workflow_run_id: run.runId, reason: result.kind });
    const asked = result.kind === 'throttled' ? (result.retryAfterSeconds ?? 0) * 1_000 : 0;
    const inMs = Math.min(Math.max(pause, asked), THROTTLE_PAUSE_MAX_MS);
    if (result.kind === 'throttled') await this.queue.pause(account.key, inMs);
    else await this.queue.putOff(run.runId, inMs);
    return this.requeue(run.runId, account, inMs, (draft) => {
      draft.record(dialEvent(account.key, result));
    });
  }

  /** The pause before this account is asked again for the run, in milliseconds; null: it is not. */
  private async pauseAfter({ runId }: CallRun, { key }: CarrierAccount): Promise<number | null> {
    const events = await this.ledger.events(runId);
    const tries = events.filter((event) => dialledAccount(event) === key).length;
    return RETRY_PAUSES_MS[tries] ?? null;
  }

  /**
   * The run counts as never dialled, so any instance may claim it again. Not so a call that was
   * hung up meanwhile, which never will be dialled, or one that the carrier tells of: it has
   * arrived after all.
   */
  private async requeue(
    runId: number,
    account: CarrierAccount,
    inMs: number,
    note: (draft: RunDraft) => void,
  ): Promise<DialOutcome | Requeued> {
    const run = await this.change(runId, (draft) => {
      note(draft);
      if (isSettled(draft)) return;
      draft.change({ dialledAt: null });
      if (draft.run.hangupReason !== null) callOff(draft);
    });
    const waits = run.dialledAt === null && !isTerminal(run.status);
    return waits ? { kind: 'requeued', account, inMs } : { kind: 'placed', run };
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
    full: readonly FullAccount[],
  ): Promise<DialOutcome> {
    const change = (work: (draft: RunDraft) => void): Promise<CallRun> =>
      this.change(runId, (draft) => {
        for (const event of [dialEvent(account.key, result), ...full.map(passedOverEvent)]) {
          draft.record(event);
        }
        work(draft);
      });
    switch (result.kind) {
      case 'accepted': {
        const run = await change((draft) => {
          adoptDialled(draft, account.capabilities, result.ids, result.accountId);
        });
        // The run was given up while the carrier was still answering.
        if (isTerminal(run.status)) await this.control.endIfStray(runId, result.ids);
        // Carries out a hang-up that was requested while the carrier was being asked.
        return { kind: 'placed', run: await this.control.carryOut(run) };
      }
      case 'unknown': {
        this.log.warn('dial.unknown', { workflow_run_id: runId, reason: result.message });
        const run = await change((draft) => {
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
        const run = await change((draft) => {
          fail(draft, 'provider_rejected', { provider_code: code, reason: message });
        });
        return isTerminal(run.status)
          ? { kind: 'rejected', run, reason: `${message} (${code})` }
          : { kind: 'placed', run };
      }
      case 'throttled':
      case 'unreachable': {
        const reason = reasonOf(result) ?? result.kind;
        const run = await change((draft) => {
          fail(draft, 'failed', { reason });
        });
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

function statusOf(result: DialResult): number | null {
  if (result.kind === 'throttled') return 429;
  return result.kind === 'unreachable' ? null : result.httpStatus;
}

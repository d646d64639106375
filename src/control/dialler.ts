import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { callEvent } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { CallMetrics } from '../calls/call-metrics.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { LiveRuns } from '../calls/ledger/live-runs.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import { Instance } from '../cluster/instance.js';
import { unlessUnavailable } from '../database/store-errors.js';
import { every, type Loop } from '../shared/every.js';
import { CallControl } from './call-control.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { timeOf, Tracer } from '../shared/tracing/tracer.js';
import { DialPace } from './dial-pace.js';
import { adoptDialled } from './adopt-dialled.js';
import { placeRequest } from './place-request.js';
import { SyncedFeeds } from './synced-feeds.js';

/** What became of a dial, for the code that waits for it. */
export type DialOutcome =
  | { kind: 'placed'; run: CallRun }
  | { kind: 'rejected'; run: CallRun; reason: string }
  | { kind: 'unavailable'; run: CallRun; reason: string };

/** Results after which the dial may be tried again. */
type NothingRings = Extract<DialResult, { kind: 'throttled' | 'unreachable' }>;

const NO_FEED: NothingRings = {
  kind: 'unreachable',
  message: 'the connection that the carrier reports its events on is not there',
};

/** A run that has waited this long in our queue is given up. */
const QUEUE_LIMIT_MS = 60_000;
/** Pauses before further tries, when it is certain that nothing rings. */
const RETRY_PAUSES_MS = [250, 1_000, 2_000];
const THROTTLE_PAUSE_MAX_MS = 10_000;
/** How long after a lost reply the carrier is asked what became of the dial. */
const ASK_AFTER_MS = 5_000;
/** How often we look for runs that were in the queue of an instance which is gone. */
const TAKE_OVER_MS = 1_000;

/**
 * Asks carriers to dial, at their pace, each run at most once: a run is in the queue of one
 * instance, and that instance records that it dials before it does.
 */
@Injectable()
export class Dialler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly paces = new Map<string, DialPace>();
  private readonly inFlight = new Map<number, Promise<DialOutcome>>();
  private readonly stopping = new AbortController();
  private loop: Loop | null = null;

  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
    private readonly runs: LiveRuns,
    private readonly providers: ProviderRegistry,
    private readonly feeds: SyncedFeeds,
    private readonly instance: Instance,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Code that creates a run for `dial` stores this in the same commit: the run is then in our
   * queue.
   */
  get queue(): { dialInstance: string } {
    return { dialInstance: this.instance.id };
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.takeOver();
    } catch (error) {
      // The store is unavailable at the start: the loop looks for the runs again.
      this.log.warn('dial.not_resumed', { error });
    }
    this.loop = every(
      TAKE_OVER_MS,
      () => this.takeOver(),
      unlessUnavailable((error) => this.log.warn('dial.not_resumed', { error })),
    );
  }

  /**
   * Requests under way are completed; runs that wait in the queue are left to the live instances.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop?.stop();
    await Promise.allSettled(this.inFlight.values());
  }

  /**
   * Dials the runs that were still in the queue of an instance which is gone: they were never
   * dialled.
   */
  private async takeOver(): Promise<void> {
    const left = await this.runs.takeOver((run) => this.providers.find(run.accountKey) !== null);
    for (const run of left) {
      const account = this.providers.find(run.accountKey);
      if (!account) continue;
      this.dial(run, account).catch((error: unknown) => {
        this.log.warn('dial.not_resumed', { workflow_run_id: run.runId, error });
      });
    }
  }

  /** Returns the dial under way for a run, or null when there is none in this process. */
  underWay(runId: number): Promise<DialOutcome> | null {
    return this.inFlight.get(runId) ?? null;
  }

  /**
   * Dials a run that was just saved. Rejects only when the store became unavailable in the
   * meantime.
   */
  dial(run: CallRun, account: CarrierAccount): Promise<DialOutcome> {
    const work = this.carryOut(run, account).finally(() => this.inFlight.delete(run.runId));
    this.inFlight.set(run.runId, work);
    return work;
  }

  private async carryOut(run: CallRun, account: CarrierAccount): Promise<DialOutcome> {
    const left = run.createdAt.getTime() + QUEUE_LIMIT_MS - this.clock.now().getTime();
    const wait = this.paceOf(account).take(performance.now(), left);
    this.metrics.dialsWaiting += 1;
    await this.pause(Math.max(0, Math.min(wait, left)));
    this.metrics.dialsWaiting -= 1;
    if (this.stopping.signal.aborted) return { kind: 'placed', run };
    if (wait > left) return this.giveUp(run.runId);
    const result = await this.ask(run, account);
    switch (result) {
      case 'called-off':
        return this.callOff(run.runId);
      case 'left':
        return { kind: 'placed', run };
      case 'taken':
        return { kind: 'placed', run: (await this.ledger.find({ runId: run.runId })) ?? run };
      default:
        return this.conclude(run.runId, account, result);
    }
  }

  /**
   * `called-off`: the call was hung up before the carrier accepted it. `left`: we are stopping, and
   * another instance, or the next start, dials it. `taken`: another instance dialled it.
   */
  private async ask(
    run: CallRun,
    account: CarrierAccount,
  ): Promise<DialResult | 'called-off' | 'left' | 'taken'> {
    for (let attempt = 0; ; attempt++) {
      const claim = await this.claim(run.runId, account);
      if (claim !== 'ours') return claim;
      const askedAt = performance.now();
      const result = this.feeds.mayDial(account)
        ? await account.calls.place(placeRequest(run, account, this.providers))
        : NO_FEED;
      this.noteDial(run, account, result, askedAt);
      const pause = RETRY_PAUSES_MS[attempt];
      if ((result.kind !== 'throttled' && result.kind !== 'unreachable') || pause === undefined) {
        return result;
      }
      await this.noteRetry(run.runId, attempt + 1, result);
      const asked = result.kind === 'throttled' ? (result.retryAfterSeconds ?? 0) * 1000 : 0;
      await this.pause(Math.min(Math.max(pause, asked), THROTTLE_PAUSE_MAX_MS));
      if (this.stopping.signal.aborted) return 'left';
    }
  }

  /**
   * Claims the dial by recording that the carrier is about to be asked, so that after a crash it is
   * known that a phone may ring. `called-off`: the call was hung up while it waited, or the carrier
   * reports it already because an earlier try has arrived after all. `taken`: the run has been
   * dialled already, or it is in the queue of another instance, which took us for dead.
   */
  private async claim(
    runId: number,
    account: CarrierAccount,
  ): Promise<'ours' | 'called-off' | 'taken'> {
    return this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status) || draft.run.hangupReason !== null) {
        return 'called-off';
      }
      const { dialledAt, dialInstance } = draft.run;
      if (isKnown(idsOf(draft.run))) return 'called-off';
      if (dialledAt !== null) return 'taken';
      if (dialInstance !== null && dialInstance !== this.instance.id) return 'taken';
      draft.change({ dialledAt: draft.now, ...this.queue, accountId: account.accountId });
      return 'ours';
    });
  }

  private noteDial(
    run: CallRun,
    account: CarrierAccount,
    result: DialResult,
    askedAt: number,
  ): void {
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

  /** Ends early when we are stopping. */
  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  /**
   * The call was hung up before a try. Nothing rings and nothing will, unless the carrier has
   * reported otherwise.
   */
  private async callOff(runId: number): Promise<DialOutcome> {
    const run = await this.change(runId, (draft) => {
      if (isTerminal(draft.run.status) || isKnown(idsOf(draft.run))) return;
      draft.record(callEvent({ type: 'status', source: 'api', status: 'canceled' }));
    });
    return { kind: 'placed', run };
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
        const reason = `${result.message} (${result.code})`;
        const run = await this.fail(runId, 'provider_rejected', {
          provider_code: result.code,
          reason: result.message,
        });
        return isTerminal(run.status) ? { kind: 'rejected', run, reason } : { kind: 'placed', run };
      }
      case 'throttled':
      case 'unreachable': {
        const reason = whyNot(result);
        const run = await this.fail(runId, 'failed', { reason });
        return isTerminal(run.status)
          ? { kind: 'unavailable', run, reason }
          : { kind: 'placed', run };
      }
      default:
        return result satisfies never;
    }
  }

  /**
   * The timeline shows why a call came late. Until the next try the run counts as never dialled: it
   * stays in our queue, and another instance takes it when we are gone.
   */
  private async noteRetry(runId: number, attempt: number, result: NothingRings): Promise<void> {
    this.log.warn('dial.retried', { workflow_run_id: runId, reason: result.kind });
    const reason = whyNot(result);
    await this.change(runId, (draft) => {
      draft.record(
        callEvent({
          type: 'status',
          source: 'api',
          status: 'queued',
          detail: { dial: 'retried', attempt, reason },
        }),
      );
      draft.change({ dialledAt: null });
    });
  }

  private async giveUp(runId: number): Promise<DialOutcome> {
    const run = await this.fail(runId, 'queue_timeout', {});
    return { kind: 'unavailable', run, reason: 'not dialled within 60 s' };
  }

  /**
   * Changes nothing for a call that the carrier reports: the call is alive, whatever the carrier
   * answered to the dial.
   */
  private async fail(
    runId: number,
    endReason: 'provider_rejected' | 'queue_timeout' | 'failed',
    detail: Record<string, unknown>,
  ): Promise<CallRun> {
    return this.change(runId, (draft) => {
      if (isTerminal(draft.run.status) || isKnown(idsOf(draft.run))) return;
      draft.record(
        callEvent({ type: 'status', source: 'api', status: 'failed', endReason, detail }),
      );
    });
  }

  private async change(runId: number, work: (draft: RunDraft) => void): Promise<CallRun> {
    return this.ledger.change({ runId }, (draft) => {
      if (!draft) throw new Error(`run ${runId} is gone`);
      work(draft);
      return draft.run;
    });
  }

  private paceOf(account: CarrierAccount): DialPace {
    let pace = this.paces.get(account.key);
    if (!pace) {
      pace = new DialPace(account.callsPerSecond);
      this.paces.set(account.key, pace);
    }
    return pace;
  }
}

function whyNot(result: NothingRings): string {
  return result.kind === 'throttled' ? 'the carrier takes no more requests' : result.message;
}

function statusOf(result: DialResult): number | null {
  if (result.kind === 'throttled') return 429;
  return result.kind === 'unreachable' ? null : result.httpStatus;
}

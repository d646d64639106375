import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CallMetrics } from '../calls/call-metrics.js';
import { Circuits } from '../calls/dialling/circuits.js';
import { DialPace, OwnPace } from '../calls/dialling/dial-pace.js';
import { DialQueue, type ClaimedDial } from '../calls/dialling/dial-queue.js';
import { LeftDials } from '../calls/dialling/left-dials.js';
import type { CreateRun } from '../calls/ledger/batch.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { Instance } from '../cluster/instance.js';
import { unlessUnavailable } from '../database/store-errors.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Clock } from '../shared/clock.js';
import { Draining } from '../shared/draining.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { LATE } from '../shared/within.js';
import { DialAttempts } from './dial-attempts.js';
import { DialFailover, type NotAsked, type Requeued } from './dial-failover.js';
import { DialOutcomes, type DialOutcome } from './dial-outcomes.js';
import { SyncedFeeds } from './synced-feeds.js';

/** A run that has waited this long in the queue is given up; one that would have to is not taken. */
export const QUEUE_LIMIT_MS = 60_000;
/** How often we look for runs that others have put into the queue, or left undialled. */
const LOOK_MS = 1_000;
/** A claim is expected to take as long as the slowest of late, at most this. */
const LEAD_MAX_MS = 1_000;

/**
 * Dials the runs in the queue, each at most once, at the pace of its account. The instances share
 * the queue and the pace; each claims what is next when it can, whoever made the run.
 */
@Injectable()
export class Dialler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly working = new Map<string, Promise<void>>();
  /** Accounts for which there may be more work than the round under way has seen. */
  private readonly woken = new Set<string>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly paces = new WeakMap<CarrierAccount, OwnPace>();
  private readonly stopping = new AbortController();
  private loop: Loop | null = null;
  private leadMs = 0;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('dial.queue_failed', { error });
  });

  constructor(
    private readonly queue: DialQueue,
    private readonly left: LeftDials,
    private readonly circuits: Circuits,
    private readonly attempts: DialAttempts,
    private readonly failover: DialFailover,
    private readonly outcomes: DialOutcomes,
    private readonly providers: ProviderRegistry,
    private readonly feeds: SyncedFeeds,
    private readonly instance: Instance,
    private readonly draining: Draining,
    private readonly metrics: CallMetrics,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // As many dials as there are may wait to be put back into the queue.
    setMaxListeners(0, this.stopping.signal);
    try {
      await this.look();
    } catch (error) {
      // The store is unavailable at the start: the loop looks again.
      this.log.warn('dial.not_resumed', { error });
    }
    this.loop = every(LOOK_MS, () => this.look(), this.noteFailed);
  }

  /** Claimed dials are made; all others are left in the queue for other instances. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop?.stop();
    await Promise.all(this.working.values());
    await Promise.all(this.underWay);
    await this.outcomes.close();
  }

  /** With this a run is created that is to be dialled; its dial follows as `dial` is called. */
  admission(account: CarrierAccount): Pick<CreateRun, 'queue' | 'begin'> {
    return {
      queue: { perSecond: account.callsPerSecond, patienceMs: QUEUE_LIMIT_MS },
      // Version 0.2.0 dials what no living instance has.
      begin: (draft) => draft.change({ dialInstance: this.instance.id }),
    };
  }

  /**
   * Dials what is in the queue of an account, and waits for one of its runs at most
   * `patienceMs`. Another instance may dial it.
   */
  dial(
    run: CallRun,
    account: CarrierAccount,
    patienceMs: number,
  ): Promise<DialOutcome | typeof LATE> {
    this.wake(account.key);
    return this.outcomes.wait(run.runId, patienceMs);
  }

  /** Waits until it is known what became of a run's dial; false: it is not within `patienceMs`. */
  async isDecided(run: CallRun, patienceMs: number): Promise<boolean> {
    if (run.status !== 'queued' || isKnown(idsOf(run))) return true;
    return (await this.outcomes.wait(run.runId, patienceMs)) !== LATE;
  }

  private async look(): Promise<void> {
    if (this.isIdle) return;
    await this.left.adopt(this.providers.all().map(({ key }) => key));
    await this.circuits.refresh();
    const waiting = await this.queue.waiting();
    this.metrics.dialsWaiting = waiting.reduce((sum, { ours }) => sum + ours, 0);
    for (const { account } of waiting) this.wake(account);
  }

  private get isIdle(): boolean {
    return this.stopping.signal.aborted || this.draining.active;
  }

  /** Works on the queue of an account until nothing waits there. */
  private wake(key: string): void {
    this.woken.add(key);
    if (this.working.has(key)) return;
    const work = this.work(key)
      .catch(this.noteFailed)
      .finally(() => {
        this.working.delete(key);
        if (this.woken.has(key)) this.wake(key);
      });
    this.working.set(key, work);
  }

  private async work(key: string): Promise<void> {
    while (this.woken.delete(key)) {
      while (!this.isIdle) {
        // It may have been changed since the last round.
        const account = this.providers.find(key);
        if (!account) break;
        if (!this.mayDial(account)) {
          await this.giveUp(await this.queue.dropped(account.key, this.createdAfter));
          const why = this.whyNotAsked(account);
          if (why !== null) await this.passOn(account, why);
          break;
        }
        const claim = await this.queue.claim(this.claimOf(account));
        if (claim.kind === 'empty') break;
        if (claim.kind === 'wait') {
          await this.pause(claim.ms);
          continue;
        }
        for (const dial of claim.dials) this.track(this.make(dial, account));
        await this.giveUp(claim.dropped.map(({ runId }) => runId));
      }
    }
  }

  /** Why the account is not asked for some time to come; null: it is, or it will be in a moment. */
  private whyNotAsked(account: CarrierAccount): NotAsked | null {
    if (!this.providers.mayCall(account)) return 'disabled';
    return this.feeds.isLost(account) ? 'feed-lost' : null;
  }

  /** A disabled account's runs wait, like those of a feed that is not read yet, if they cannot go on. */
  private mayDial(account: CarrierAccount): boolean {
    return this.providers.mayCall(account) && this.feeds.mayDial(account);
  }

  private async giveUp(runIds: readonly number[]): Promise<void> {
    for (const runId of runIds) this.outcomes.tell(await this.attempts.giveUp(runId));
  }

  /** What waits for an account that is not asked, and has another one to go to. */
  private async passOn(account: CarrierAccount, why: NotAsked): Promise<void> {
    for (const runId of await this.queue.routed(account.key)) {
      const result = await this.failover.passOn(runId, account, why);
      if (result !== null) this.tell(result);
    }
  }

  private claimOf(account: CarrierAccount) {
    const { createdAfter, leadMs } = this;
    return { account, now: this.clock.now(), createdAfter, leadMs };
  }

  private get createdAfter(): Date {
    return new Date(this.clock.now().getTime() - QUEUE_LIMIT_MS);
  }

  private async make({ run, at, latest }: ClaimedDial, account: CarrierAccount): Promise<void> {
    this.outcomes.begun(run.runId);
    await reached(() => at - performance.now());
    if (latest === null) await reached(() => this.paceOf(account).take(performance.now()));
    const lateMs = performance.now() - at;
    const isLate = latest !== null && performance.now() > latest;
    this.leadMs = isLate
      ? Math.min(LEAD_MAX_MS, Math.max(this.leadMs, lateMs) * 2)
      : Math.floor(this.leadMs * 0.9);
    const isMade = !isLate && this.mayDial(account);
    try {
      this.tell(
        await (isMade ? this.attempts.make(run, account) : this.attempts.putBack(run, account)),
      );
    } catch (error) {
      this.outcomes.fail(run.runId, error);
    } finally {
      this.outcomes.ended(run.runId);
    }
  }

  private paceOf(account: CarrierAccount): OwnPace {
    let pace = this.paces.get(account);
    if (!pace) {
      pace = new OwnPace(new DialPace(account.callsPerSecond));
      this.paces.set(account, pace);
    }
    return pace;
  }

  private tell(result: DialOutcome | Requeued): void {
    if (result.kind !== 'requeued') return this.outcomes.tell(result);
    const { account, inMs } = result;
    this.track(this.pause(inMs).then(() => this.wake(account.key)));
  }

  private track(work: Promise<void>): void {
    const tracked = work.catch(this.noteFailed).finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** Ends early when we are stopping. */
  private async pause(milliseconds: number): Promise<void> {
    const { signal } = this.stopping;
    await sleep(Math.ceil(milliseconds), undefined, { signal }).catch(() => undefined);
  }
}

/** Sleeps as often and long as it takes until nothing is left to wait for. */
async function reached(leftMs: () => number): Promise<void> {
  for (let left; (left = leftMs()) > 0;) await sleep(Math.ceil(left));
}

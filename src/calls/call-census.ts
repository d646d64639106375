import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Log } from '../shared/logger.js';
import { Tally } from '../shared/metrics/tally.js';
import { END_REASONS } from './ledger/call-event.js';
import { CallFeed, type CommittedRun } from './ledger/call-feed.js';
import type { CallRun, ShownRun } from './ledger/call-run.js';
import { isTerminal, LIVE_STATUSES, type CallStatus } from './ledger/call-status.js';
import { LiveRuns } from './ledger/live-runs.js';

const DIRECTIONS = ['inbound', 'outbound'] as const;

/**
 * Counts the calls in progress, whichever instance has them, and those that this instance began
 * and ended; the store is queried once, at the start. Each call's end is reported once, by the
 * instance that recorded it, though its row may change afterwards.
 */
@Injectable()
export class CallCensus implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly started = new Tally({ direction: DIRECTIONS });
  readonly ended = new Tally({ direction: DIRECTIONS, end_reason: END_REASONS });
  private readonly live = new Map<number, CallStatus>();
  /** The calls whose changes were heard before the store was queried, and overtake its answer. */
  private overtaking: Set<number> | null = new Set();
  private readonly beginListeners = new Set<(run: CallRun) => void>();
  private readonly endListeners = new Set<(run: CallRun) => void>();
  private readonly subscriptions: Array<() => void> = [];

  constructor(
    private readonly feed: CallFeed,
    private readonly runs: LiveRuns,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.subscriptions.push(
      this.feed.subscribe((run) => this.follow(run)),
      this.feed.onCommit((commit) => this.count(commit)),
    );
  }

  /** Counts the calls in progress that began before us, now that all later changes are heard. */
  async onApplicationBootstrap(): Promise<void> {
    const heard = this.overtaking ?? new Set();
    try {
      for (const { runId, status } of await this.runs.statuses()) {
        if (!heard.has(runId)) this.live.set(runId, status);
      }
    } catch (error) {
      this.log.warn('census.incomplete', { error });
    }
    this.overtaking = null;
  }

  onApplicationShutdown(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
  }

  /** The number of calls in progress, by status. */
  byStatus(): Map<CallStatus, number> {
    const counts = new Map(LIVE_STATUSES.map((status) => [status, 0]));
    for (const status of this.live.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
    return counts;
  }

  /** `listener` is called once for each call that is saved here; it must not throw. */
  onBegin(listener: (run: CallRun) => void): void {
    this.beginListeners.add(listener);
  }

  /** `listener` is called once for each call whose end is recorded here; it must not throw. */
  onEnd(listener: (run: CallRun) => void): void {
    this.endListeners.add(listener);
  }

  private follow(run: ShownRun): void {
    this.overtaking?.add(run.runId);
    if (isTerminal(run.status)) this.live.delete(run.runId);
    else this.live.set(run.runId, run.status);
  }

  private count({ run, began, ended }: CommittedRun): void {
    if (began) {
      this.started.add({ direction: run.direction });
      for (const listener of this.beginListeners) listener(run);
    }
    if (!ended) return;
    this.ended.add({ direction: run.direction, end_reason: run.endReason ?? 'unknown' });
    for (const listener of this.endListeners) listener(run);
  }
}

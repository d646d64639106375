import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Log } from '../shared/logger.js';
import { Tally } from '../shared/metrics/tally.js';
import { END_REASONS } from './ledger/call-event.js';
import { CallFeed } from './ledger/call-feed.js';
import type { CallRun } from './ledger/call-run.js';
import { isTerminal, LIVE_STATUSES, type CallStatus } from './ledger/call-status.js';
import { LiveRuns } from './ledger/live-runs.js';

const DIRECTIONS = ['inbound', 'outbound'] as const;

/**
 * Counts the calls in progress and those that began and ended, from what the
 * feed reports; the store is queried once, at the start. Each call's end is
 * reported once, though its row may change afterwards.
 */
@Injectable()
export class CallCensus implements OnModuleInit, OnApplicationShutdown {
  readonly started = new Tally({ direction: DIRECTIONS });
  readonly ended = new Tally({ direction: DIRECTIONS, end_reason: END_REASONS });
  private readonly live = new Map<number, CallStatus>();
  private readonly beginListeners = new Set<(run: CallRun) => void>();
  private readonly endListeners = new Set<(run: CallRun) => void>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly feed: CallFeed,
    private readonly runs: LiveRuns,
    private readonly log: Log,
  ) {}

  /** Counts the calls that an earlier process left in progress, before anything can change them. */
  async onModuleInit(): Promise<void> {
    this.unsubscribe = this.feed.subscribe((run) => this.follow(run));
    try {
      for (const { runId, status } of await this.runs.statuses()) this.live.set(runId, status);
    } catch (error) {
      this.log.warn('census.incomplete', { error });
    }
  }

  onApplicationShutdown(): void {
    this.unsubscribe();
  }

  /** The number of calls in progress, by status. */
  byStatus(): Map<CallStatus, number> {
    const counts = new Map(LIVE_STATUSES.map((status) => [status, 0]));
    for (const status of this.live.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
    return counts;
  }

  /** `listener` is called once for each call, when the call has been saved; it must not throw. */
  onBegin(listener: (run: CallRun) => void): void {
    this.beginListeners.add(listener);
  }

  /** `listener` is called once for each call, when the call has ended; it must not throw. */
  onEnd(listener: (run: CallRun) => void): void {
    this.endListeners.add(listener);
  }

  private follow(run: CallRun): void {
    const known = this.live.has(run.runId);
    // The call was made and changed by the same commit, as when a callback overtakes its answer
    // request.
    const isNew = !known && run.createdAt.getTime() === run.updatedAt.getTime();
    if (isNew) {
      this.started.add({ direction: run.direction });
      for (const listener of this.beginListeners) listener(run);
    }
    if (!isTerminal(run.status)) {
      this.live.set(run.runId, run.status);
      return;
    }
    this.live.delete(run.runId);
    if (!known && !isNew) return;
    this.ended.add({ direction: run.direction, end_reason: run.endReason ?? 'unknown' });
    for (const listener of this.endListeners) listener(run);
  }
}

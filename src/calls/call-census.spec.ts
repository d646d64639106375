import { beforeEach, describe, expect, it } from '@jest/globals';
import { queuedRun } from '../../test/support/call-builders.js';
import { SilentLog } from '../../test/support/ledger-builders.js';
import { CallCensus } from './call-census.js';
import { CallFeed, type CommittedRun } from './ledger/call-feed.js';
import type { CallRun } from './ledger/call-run.js';
import type { CallStatus } from './ledger/call-status.js';
import type { LiveRuns } from './ledger/live-runs.js';

describe('the census', () => {
  let feed: CallFeed;
  let census: CallCensus;
  let ends: number[];
  let begins: number[];

  beforeEach(async () => {
    feed = new CallFeed();
    const left = { statuses: async () => [{ runId: 1, status: 'answered' as const }] };
    census = new CallCensus(feed, left as unknown as LiveRuns, new SilentLog());
    ends = [];
    begins = [];
    census.onBegin(({ runId }) => begins.push(runId));
    census.onEnd(({ runId }) => ends.push(runId));
    census.onModuleInit();
    await census.onApplicationBootstrap();
  });

  /** What a commit of this instance leaves, and whether it made the call or ended it. */
  const commit = (runId: number, status: CallStatus, more: Partial<CommittedRun> = {}): void => {
    const run = queuedRun({ runId, status, ...more.run });
    feed.committed([{ before: null, began: false, ended: false, ...more, run }]);
  };
  const live = (): Record<string, number> =>
    Object.fromEntries([...census.byStatus()].filter(([, count]) => count > 0));
  const ended = () => census.ended.counted().filter(({ count }) => count > 0);

  it('counts calls of an earlier process as live and as ended, but not as begun here', () => {
    expect(live()).toEqual({ answered: 1 });
    commit(1, 'completed', { ended: true });
    expect(live()).toEqual({});
    expect([begins, ends]).toEqual([[], [1]]);
  });

  it('follows a call through its statuses', () => {
    commit(2, 'queued', { began: true });
    commit(2, 'ringing');
    expect(live()).toEqual({ answered: 1, ringing: 1 });
    expect(begins).toEqual([2]);
  });

  it('follows calls of other instances, and counts neither their beginning nor their end', () => {
    feed.publish(queuedRun({ runId: 2, status: 'ringing' }));
    expect(live()).toEqual({ answered: 1, ringing: 1 });
    feed.publish(queuedRun({ runId: 2, status: 'completed' }));
    expect(live()).toEqual({ answered: 1 });
    expect([begins, ends, ended()]).toEqual([[], [], []]);
  });

  it('counts an end with its reason', () => {
    commit(2, 'busy', { ended: true, run: { endReason: 'busy' } as CallRun });
    expect(ended()).toEqual([{ labels: { direction: 'outbound', end_reason: 'busy' }, count: 1 }]);
  });

  it('counts a call that was saved and ended by one commit', () => {
    const run = { direction: 'inbound', endReason: 'caller_hangup' } as CallRun;
    commit(3, 'completed', { began: true, ended: true, run });
    expect([begins, ends]).toEqual([[3], [3]]);
    expect(census.started.counted()).toContainEqual({ labels: { direction: 'inbound' }, count: 1 });
  });

  it('believes what it heard while the store was asked, not the older answer', async () => {
    const late = new CallCensus(
      feed,
      {
        statuses: async () => {
          feed.publish(queuedRun({ runId: 1, status: 'completed' }));
          return [{ runId: 1, status: 'answered' as const }];
        },
      } as unknown as LiveRuns,
      new SilentLog(),
    );
    late.onModuleInit();
    await late.onApplicationBootstrap();
    expect([...late.byStatus().values()].every((count) => count === 0)).toBe(true);
    late.onApplicationShutdown();
  });

  it('reports nothing after the end', () => {
    census.onApplicationShutdown();
    commit(2, 'queued', { began: true });
    expect(begins).toEqual([]);
  });
});

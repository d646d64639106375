import { beforeEach, describe, expect, it } from '@jest/globals';
import { at, queuedRun } from '../../test/support/call-builders.js';
import { SilentLog } from '../../test/support/ledger-builders.js';
import { CallCensus } from './call-census.js';
import { CallFeed } from './ledger/call-feed.js';
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
    await census.onModuleInit();
  });

  /**
   * Publishes the call's row as a commit leaves it the given number of seconds
   * after the call was saved.
   */
  const publish = (runId: number, status: CallStatus, seconds: number, more?: Partial<CallRun>) =>
    feed.publish(queuedRun({ runId, status, updatedAt: at(seconds), ...more }));
  const live = (): Record<string, number> =>
    Object.fromEntries([...census.byStatus()].filter(([, count]) => count > 0));
  const ended = () => census.ended.counted().filter(({ count }) => count > 0);

  it('counts calls of an earlier process as live and as ended, but not as begun here', () => {
    expect(live()).toEqual({ answered: 1 });
    publish(1, 'completed', 9, { endReason: 'caller_hangup' });
    expect(live()).toEqual({});
    expect([begins, ends]).toEqual([[], [1]]);
  });

  it('follows a call through its statuses', () => {
    publish(2, 'queued', 0);
    publish(2, 'ringing', 1);
    expect(live()).toEqual({ answered: 1, ringing: 1 });
    expect(begins).toEqual([2]);
  });

  it('reports an end once, with the first known reason, whatever changes afterwards', () => {
    publish(2, 'queued', 0);
    publish(2, 'busy', 2, { endReason: 'busy' });
    publish(2, 'no-answer', 3, { endReason: 'no_answer' });
    publish(2, 'no-answer', 4, { endReason: 'no_answer' });
    expect(ends).toEqual([2]);
    expect(ended()).toEqual([{ labels: { direction: 'outbound', end_reason: 'busy' }, count: 1 }]);
    expect(live()).toEqual({ answered: 1 });
  });

  it('counts a call that was saved and ended by one commit', () => {
    publish(3, 'completed', 0, { direction: 'inbound', endReason: 'caller_hangup' });
    expect([begins, ends]).toEqual([[3], [3]]);
    expect(census.started.counted()).toContainEqual({ labels: { direction: 'inbound' }, count: 1 });
  });

  it('ignores an old call that is erased: it neither begins nor ends', () => {
    publish(4, 'completed', 86_400, { endReason: 'caller_hangup' });
    expect([begins, ends]).toEqual([[], []]);
  });

  it('reports nothing after the end', () => {
    census.onApplicationShutdown();
    publish(2, 'queued', 0);
    expect(begins).toEqual([]);
  });
});

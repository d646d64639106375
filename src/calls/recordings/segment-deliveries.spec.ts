import { expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { until } from '../../../test/support/patience.js';
import type { RecordingStore } from './recording-store.js';
import type { LocalSegment } from './segment.js';
import { SegmentDeliveries } from './segment-deliveries.js';
import type { SegmentNotes } from './segment-notes.js';
import type { Spool } from './spool.js';

const SEGMENT: LocalSegment = {
  runId: 7,
  generation: 1,
  n: 0,
  encoding: 'mulaw',
  startedAt: 0,
  moments: 8_000,
  path: '/spool/7',
};

/** Deliveries whose first telling of a segment is answered when the test says so; what is done, in order. */
function deliveries() {
  const done: string[] = [];
  let answer = (): void => undefined;
  let tellings = 0;
  const note = <T>(what: string, result: T): Promise<T> => {
    done.push(what);
    return Promise.resolve(result);
  };
  const notes = {
    register: async () => {
      tellings += 1;
      if (tellings === 1) await new Promise<void>((resolve) => (answer = resolve));
      return note('told', 'open');
    },
    stored: () => note('stored', true),
    hurry: () => undefined,
  };
  const store = { locationOf: () => 'there', put: () => note('put', undefined) };
  const spool = { remove: () => note('removed', undefined) };
  const all = new SegmentDeliveries(
    notes as unknown as SegmentNotes,
    store as unknown as RecordingStore,
    spool as unknown as Spool,
    new SilentLog(),
  );
  return { all, done, answer: () => answer() };
}

it('a segment is put after its first telling has ended, which might come last otherwise', async () => {
  const { all, done, answer } = deliveries();
  all.opened(SEGMENT);
  all.closed(SEGMENT);
  await nextTurn();
  expect(done).toEqual([]);
  answer();
  await until(() => all.count === 0);
  expect(done).toEqual(['told', 'told', 'put', 'stored', 'removed']);
});

it('a segment that is discarded has been told before its call is erased', async () => {
  const { all, done, answer } = deliveries();
  await all.stop(0);
  all.opened(SEGMENT);
  all.closed(SEGMENT);
  let isDiscarded = false;
  const discarding = all.discard(SEGMENT.runId).then((segments) => {
    isDiscarded = true;
    return segments;
  });
  await nextTurn();
  expect(isDiscarded).toBe(false);
  answer();
  expect(await discarding).toEqual([SEGMENT]);
  expect(done).toEqual(['told', 'removed']);
});

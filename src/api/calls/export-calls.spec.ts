import { expect, it } from '@jest/globals';
import type { CallFilter, CallList } from '../../calls/ledger/call-list.js';
import type { ShownRun } from '../../calls/ledger/call-run.js';
import { NOWHERE, type Whereabouts } from '../../calls/streams/whereabouts.js';
import { ExportCalls } from './export-calls.js';

const NOWHERE_AT_ALL = { of: () => NOWHERE } as unknown as Whereabouts;

/** One user's calls, and which pages of them were asked for. */
class FakeList {
  readonly asked: CallFilter[] = [];
  failsAt = Infinity;
  constructor(readonly calls: number) {}

  find(filter: CallFilter): Promise<ShownRun[]> {
    this.asked.push(filter);
    if (this.asked.length >= this.failsAt) return Promise.reject(new Error('the store is away'));
    const newest = (filter.before ?? this.calls + 1) - 1;
    const count = Math.min(filter.limit, newest);
    return Promise.resolve(Array.from({ length: count }, (_, index) => run(newest - index)));
  }
}

function run(runId: number): ShownRun {
  return { runId, from: '+12025550143', to: '=1', context: { a: 1 } } as unknown as ShownRun;
}

const exporting = (list: FakeList) =>
  new ExportCalls(list as unknown as CallList, NOWHERE_AT_ALL).begin({ userId: 7 }, (shown) => ({
    ...shown,
    from: `${shown.from}!`,
  }));

it.each([0, 1, 200, 201, 450])('writes all of %i calls, newest first', async (count) => {
  const list = new FakeList(count);
  let text = '';
  for await (const piece of await exporting(list)) text += piece;
  const [head, ...lines] = text.split('\r\n').slice(0, -1);
  expect(head).toMatch(/^workflow_run_id,workflow_id,user_id,.*,streaming,instance$/);
  expect(lines.map((line) => Number(line.split(',', 1)[0]))).toEqual(
    Array.from({ length: count }, (_, index) => count - index),
  );
  expect(new Set(list.asked.map(({ userId }) => userId))).toEqual(new Set([7]));
});

it('shows what is to be shown, and no formula', async () => {
  let text = '';
  for await (const piece of await exporting(new FakeList(1))) text += piece;
  expect(text).toContain(`,'+12025550143!,'=1,`);
  expect(text).toContain('"{""a"":1}"');
});

it('fails at once where the first page cannot be read, and breaks off at a later one', async () => {
  const never = new FakeList(450);
  never.failsAt = 1;
  await expect(exporting(never)).rejects.toThrow('the store is away');
  const later = new FakeList(450);
  later.failsAt = 2;
  const pieces: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const piece of await exporting(later)) pieces.push(piece);
  };
  await expect(reading()).rejects.toThrow('the store is away');
  expect(pieces).toHaveLength(2);
});

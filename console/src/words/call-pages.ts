import type { Call, Page } from '../api/types.js';
import { matches, type Filters } from './filters.js';

/** The latest change of each call, by its id. */
export type Told = ReadonlyMap<number, Call>;

/**
 * A list with the changes since it was read: changed calls in their places, and
 * newer calls that fit before them, newest first.
 */
export function withTold(read: readonly Call[], told: Told, filters: Filters): readonly Call[] {
  const newest = read[0]?.workflow_run_id ?? 0;
  const newer = [...told.values()].filter(
    (call) => call.workflow_run_id > newest && matches(call, filters),
  );
  newer.sort((a, b) => b.workflow_run_id - a.workflow_run_id);
  return [...newer, ...read.map((call) => told.get(call.workflow_run_id) ?? call)];
}

/** Whether calls are missing between a list and its first page, which was read again later. */
export function hasGap(read: readonly Call[], again: Page<Call>): boolean {
  const newest = read[0]?.workflow_run_id ?? 0;
  const oldest = again.data.at(-1)?.workflow_run_id ?? 0;
  return again.next_cursor !== null && oldest > newest;
}

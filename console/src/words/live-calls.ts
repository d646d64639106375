import type { Call, LiveCall } from '../api/types.js';

const ENDED_SHOWN = 5;

/** The live calls after a change, newest first. A call that is over is removed. */
export function withChange(calls: readonly LiveCall[], change: Call): LiveCall[] {
  const others = calls.filter((call) => call.workflow_run_id !== change.workflow_run_id);
  if (change.ended_at !== null) return others;
  const before = calls.find((call) => call.workflow_run_id === change.workflow_run_id);
  // The feed does not report streams, so what was known about this one is kept while it lasts.
  const stream = change.streaming ? (before?.stream ?? null) : null;
  return [...others, { ...change, stream }].sort((a, b) => b.workflow_run_id - a.workflow_run_id);
}

/** The calls that ended last, latest first. */
export function noLongerLive(ended: readonly Call[], change: Call): readonly Call[] {
  if (change.ended_at === null) return ended;
  const others = ended.filter((call) => call.workflow_run_id !== change.workflow_run_id);
  return [change, ...others].slice(0, ENDED_SHOWN);
}

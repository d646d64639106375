import type { PhonesOutcome } from '../../tools/bench/ear/plan.js';
import type { Tried } from './ear-trials.js';

const SECOND_MS = 1_000;

/** What the trials of a cell show together; only those count in which no process was late. */
export interface Row {
  valid: number;
  all: number;
  /** Of the valid ones, those in which the agent was speaking when the caller began. */
  over: number;
  /** Before the caller said anything. */
  pausesAMinute: number;
  givenUpAMinute: number;
  /** Of all trials, also those in which a process was late. */
  everGivenUpBefore: number;
  /** The part that was given way to within a second, and at all. */
  withinSecond: number;
  atAll: number;
  clearP50: number;
  givenUpP50: number;
  givenUpP95: number;
  givenUpLast: number;
}

export function rowOf(all: readonly Tried[]): Row {
  const tried = all.filter(({ isValid }) => isValid);
  const minutes = sum(tried.map((one) => one.minutes));
  const over = tried.filter(({ isOver }) => isOver);
  const clears = over.map(({ clearMs }) => clearMs);
  const ends = over.map(({ givenUpMs }) => givenUpMs);
  return {
    valid: tried.length,
    all: all.length,
    over: over.length,
    pausesAMinute: sum(tried.map(({ pausesBefore }) => pausesBefore)) / minutes,
    givenUpAMinute: sum(tried.map(({ givenUpBefore }) => givenUpBefore)) / minutes,
    everGivenUpBefore: sum(all.map(({ givenUpBefore }) => givenUpBefore)),
    withinSecond: ends.filter((end) => end <= SECOND_MS).length / ends.length,
    atAll: ends.filter((end) => end < Infinity).length / ends.length,
    clearP50: quantile(clears, 0.5),
    givenUpP50: quantile(ends, 0.5),
    givenUpP95: quantile(ends, 0.95),
    givenUpLast: quantile(ends, 1),
  };
}

export function printTable(
  rows: ReadonlyMap<string, Row>,
  outcomes: readonly PhonesOutcome[],
): void {
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const lines = [...rows]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([cell, row]) =>
      [
        cell.padEnd(26),
        `${row.valid} of ${row.all} in time, ${row.over} over the agent`,
        `before: pauses ${row.pausesAMinute.toFixed(2)}, given up ${row.givenUpAMinute.toFixed(2)} a minute (${row.everGivenUpBefore} in all)`,
        `within 1 s ${percent(row.withinSecond)}, at all ${percent(row.atAll)}`,
        `clear p50 ${row.clearP50.toFixed(0)}; given up p50 ${row.givenUpP50.toFixed(0)}, p95 ${row.givenUpP95.toFixed(0)}, last ${row.givenUpLast.toFixed(0)} ms`,
      ].join(' | '),
    );
  for (const outcome of outcomes) {
    const { gapP99Ms, lateP99Ms, loopLateP99Ms, loopLateMaxMs, windows, refused } = outcome;
    lines.push(
      `gaps p99 ${gapP99Ms} ms; late at p99: phones ${lateP99Ms}, gateway ${loopLateP99Ms.toFixed(1)} (most ${loopLateMaxMs.toFixed(0)}) ms; ` +
        `windows of the voice model ${windows}, without time ${refused}`,
    );
  }
  console.info(lines.join('\n'));
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Infinity;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

import type { MediaResult } from '../bench-media.js';
import { median } from '../../median.js';
import type { RecordingsResult } from './check-recordings.js';
import type { WorkName } from './working-services.js';

export interface WorkingResult extends MediaResult {
  /** Null: nothing was recorded. */
  recordings: RecordingsResult | null;
}

/** What was measured in one round, by name. */
export type Round = Map<string, WorkingResult>;

interface Target {
  what: string;
  most: number;
  digits: number;
  /** Null if the round does not tell. */
  of: (round: Round) => number | null;
}

/** The CPU per frame of a work, in that of the bare loop; the voice model's, which has a budget of its own, apart. */
function toBare(round: Round, name: string): number | null {
  const [result, bare] = [round.get(name), round.get('bare')];
  if (!result || !bare) return null;
  return (result.cpuPerFrameUs - result.modelPerFrameUs) / bare.cpuPerFrameUs;
}

/** What a work adds to an agent's speech alone. */
function above(name: WorkName): (round: Round) => number | null {
  return (round) => {
    const [work, plain] = [toBare(round, name), toBare(round, 'mulaw')];
    return work === null || plain === null ? null : work - plain;
  };
}

const TARGETS: readonly Target[] = [
  { what: 'CPU, all on, × bare', most: 1.8, digits: 2, of: (round) => toBare(round, 'all') },
  { what: 'PCM at 24 kHz adds, × bare', most: 0.35, digits: 2, of: above('pcm-24000') },
  { what: 'recording adds, × bare', most: 0.15, digits: 2, of: above('recording') },
  { what: 'barge-in adds, × bare', most: 0.15, digits: 2, of: above('barge-in') },
  {
    what: 'all on: gap p99, ms',
    most: 30,
    digits: 1,
    of: (round) => round.get('all')?.gapMs.p99 ?? null,
  },
  {
    what: 'all on: MB per call',
    most: 0.4,
    digits: 3,
    of: (round) => round.get('all')?.memoryPerCallMb ?? null,
  },
];

export function printRecordings(result: RecordingsResult): void {
  const { looked, whole, inTime, worstMs, worstDriftMs } = result;
  write(
    `               recordings: ${whole} of ${looked} whole, ${inTime} in time; clicks at most ${worstMs.toFixed(1)} ms ` +
      `off their place, the last ${worstDriftMs.toFixed(1)} ms against the first`,
  );
}

/** The targets, compared with the median of the valid rounds. */
export function printWorkingTargets(rounds: readonly Round[], calls: number): void {
  const valid = validOf(rounds);
  write(
    `\n  ${calls} calls, targets, ${valid.length} of ${rounds.length} rounds valid; CPU without the voice model's:`,
  );
  for (const { what, most, digits, of } of TARGETS) {
    const value = median(valid.flatMap((round) => of(round) ?? []));
    if (Number.isNaN(value)) continue;
    const verdict = value <= most ? 'met' : 'MISSED';
    write(`  ${what.padEnd(28)}${value.toFixed(digits).padStart(8)}  at most ${most}  ${verdict}`);
  }
}

/** This tree beside the old one: medians, and the median of the ratios within a round. */
export function printComparison(rounds: readonly Round[], works: readonly WorkName[]): void {
  const valid = validOf(rounds);
  write(`\n  new beside old, ${valid.length} of ${rounds.length} rounds valid, medians:`);
  for (const work of works) {
    const medianOf = (of: (round: Round) => number | null): string =>
      median(valid.flatMap((round) => of(round) ?? [])).toFixed(2);
    const gap = (name: string) => medianOf((round) => round.get(name)?.gapMs.p99 ?? null);
    const memory = (name: string) => medianOf((round) => round.get(name)?.memoryPerCallMb ?? null);
    const ratio = medianOf((round) => {
      const [present, old] = [round.get(work), round.get(`old ${work}`)];
      return present && old ? present.cpuPerFrameUs / old.cpuPerFrameUs : null;
    });
    const bare = (name: string) => medianOf((round) => toBare(round, name));
    write(
      `  ${work.padEnd(12)}CPU × old ${ratio}; × bare ${bare(work)} (old ${bare(`old ${work}`)}); ` +
        `gap p99 ${gap(work)} (${gap(`old ${work}`)}); MB per call ${memory(work)} (${memory(`old ${work}`)})`,
    );
  }
}

function validOf(rounds: readonly Round[]): Round[] {
  return rounds.filter((round) => [...round.values()].every(({ generator }) => !generator.limited));
}

function write(line: string): void {
  process.stdout.write(`  ${line}\n`);
}

import { parseArgs } from 'node:util';
import { pin, pinToCores } from '../pin.js';
import { PRESENT_SERVICE } from '../media/servers.js';
import { buildCommit } from './checkout.js';
import { compare, type Comparison, type Contestant, type Rounds } from './compare.js';
import { printComparison, printNotValid, printRound, printStart } from './print-comparison.js';
import { RoundNotValid, runRound, type RoundFigures } from './round.js';

export const AGAINST_HELP = `  --against COMMIT  instead: this tree beside a commit, built apart, rounds interleaved (Linux)
    --pairs N         rounds of each (8)
    --pin             the service alone on one core, the load on the others
`;

/** In six rounds each is twice in each place, and follows each of the others equally often. */
const ORDERS: ReadonlyArray<readonly Contestant[]> = [
  ['old', 'new', 'oldAgain'],
  ['oldAgain', 'new', 'old'],
  ['new', 'oldAgain', 'old'],
  ['old', 'oldAgain', 'new'],
  ['oldAgain', 'old', 'new'],
  ['new', 'old', 'oldAgain'],
];

/** For one round, before the whole comparison is given up. */
const TRIES = 3;

export interface AgainstResult {
  against: string;
  pairs: number;
  rounds: Record<Contestant, RoundFigures[]>;
  comparisons: Record<keyof RoundFigures, Comparison>;
}

/** Measures this tree beside a commit; a figure that is worse than chance explains fails the program. */
export async function againstCommand(commit: string, args: string[]): Promise<AgainstResult> {
  const { pairs, isPinned } = optionsOf(args);
  if (process.platform !== 'linux') {
    throw new Error('--against reads the processor time of processes from /proc: Linux only');
  }
  if (isPinned) {
    pinToCores();
    pin(process.pid, 'generator');
  }
  const built = await buildCommit(commit);
  const programs = { old: built.program, new: PRESENT_SERVICE, oldAgain: built.program };
  const rounds: Record<Contestant, RoundFigures[]> = { old: [], new: [], oldAgain: [] };
  printStart(built, pairs);
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const contestant of ORDERS[pair % ORDERS.length] ?? []) {
      const figures = await validRound(programs[contestant]);
      rounds[contestant].push(figures);
      printRound(pair + 1, contestant, figures);
    }
  }
  const of = (figure: keyof RoundFigures): Comparison => compare(pick(rounds, figure));
  const comparisons = {
    frameCpuUs: of('frameCpuUs'),
    firstAudioMs: of('firstAudioMs'),
    callbackCpuUs: of('callbackCpuUs'),
    callbackWallUs: of('callbackWallUs'),
    setUpCpuMs: of('setUpCpuMs'),
  };
  printComparison(comparisons);
  if (Object.values(comparisons).some(({ verdict }) => verdict === 'WORSE')) process.exitCode = 1;
  return { against: built.commit, pairs, rounds, comparisons };
}

/** A busy machine loses a frame now and then; a program that always does is worse, whatever it costs. */
async function validRound(program: URL): Promise<RoundFigures> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await runRound(program);
    } catch (error) {
      if (left === 0 || !(error instanceof RoundNotValid)) throw error;
      printNotValid(error.message);
    }
  }
}

function pick(
  rounds: Readonly<Record<Contestant, readonly RoundFigures[]>>,
  figure: keyof RoundFigures,
): Rounds {
  const of = (contestant: Contestant) => rounds[contestant].map((figures) => figures[figure]);
  return { old: of('old'), new: of('new'), oldAgain: of('oldAgain') };
}

function optionsOf(args: string[]): { pairs: number; isPinned: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      pairs: { type: 'string', default: '8' },
      pin: { type: 'boolean', default: false },
    },
  });
  const pairs = Number(values.pairs);
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs must be a whole number');
  return { pairs, isPinned: values.pin };
}

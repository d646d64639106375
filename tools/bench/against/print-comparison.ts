import type { BuiltCommit } from './checkout.js';
import type { Comparison, Contestant } from './compare.js';
import type { RoundFigures } from './round.js';

const FIGURES: Record<keyof RoundFigures, { name: string; digits: number }> = {
  frameCpuUs: { name: 'CPU per frame, µs', digits: 1 },
  firstAudioMs: { name: 'first audio, ms', digits: 2 },
  callbackCpuUs: { name: 'CPU per callback, µs', digits: 0 },
  callbackWallUs: { name: 'time per callback, µs', digits: 0 },
  setUpCpuMs: { name: 'CPU per call set up, ms', digits: 2 },
};
const NAMES: Record<Contestant, string> = { old: 'old', new: 'new', oldAgain: 'old again' };
const KEYS = Object.keys(FIGURES) as Array<keyof RoundFigures>;
const NAME_WIDTH = 25;
const WIDTH = 11;

export function printStart({ commit, subject }: BuiltCommit, pairs: number): void {
  write(`\nnew: this tree; old: ${commit.slice(0, 10)} "${subject}"; ${pairs} rounds of each`);
}

export function printRound(round: number, contestant: Contestant, figures: RoundFigures): void {
  const cells = KEYS.map((key) => `${FIGURES[key].name} ${shown(key, figures[key])}`);
  write(`  ${String(round).padStart(2)} ${NAMES[contestant].padEnd(10)}${cells.join('; ')}`);
}

export function printNotValid(reason: string): void {
  write(`     not valid, once more: ${reason}`);
}

/** Medians and their ratios. The less, the better, in every row. */
export function printComparison(comparisons: Record<keyof RoundFigures, Comparison>): void {
  const heads = ['old', 'new', 'new/old', 'old/old', '95 % of old/old', 'verdict'];
  write(`\n  ${''.padEnd(NAME_WIDTH)}${row(heads)}`);
  for (const key of KEYS) {
    const { ratio, oldRatio, oldRange, verdict, ...medians } = comparisons[key];
    const cells = [
      shown(key, medians.old),
      shown(key, medians.new),
      ratio.toFixed(3),
      oldRatio.toFixed(3),
      oldRange.map((bound) => bound.toFixed(3)).join(' to '),
      verdict,
    ];
    write(`  ${FIGURES[key].name.padEnd(NAME_WIDTH)}${row(cells)}`);
  }
}

function row([old = '', new_ = '', ratio = '', oldRatio = '', range = '', verdict = '']: string[]) {
  const narrow = [old, new_, ratio, oldRatio].map((cell) => cell.padStart(WIDTH)).join('');
  return `${narrow}${range.padStart(2 * WIDTH)}  ${verdict}`;
}

function shown(key: keyof RoundFigures, value: number): string {
  return value.toFixed(FIGURES[key].digits);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

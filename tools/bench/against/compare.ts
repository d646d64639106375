import { SeededRandom } from '../../carrier/random.js';
import { median } from '../median.js';

/** What may be lost before anybody asks how much the machine gives and takes by itself. */
const ALLOWED_RATIO = 1.03;
/** Ways to divide the rounds of the old program into two; an odd number, so that quantiles are among them. */
const SPLITS = 2_001;
/** This share of them is what old against old gives. */
const COVERAGE = 0.95;

/** `oldAgain` is the old program too, as a third contestant. */
export type Contestant = 'old' | 'new' | 'oldAgain';

/** One figure of every round, at least one each; the less, the better. */
export type Rounds = Readonly<Record<Contestant, readonly number[]>>;

export type Verdict = 'at most 1.03' | 'inside old against old' | 'WORSE';

export interface Comparison {
  /** Medians. */
  old: number;
  new: number;
  oldAgain: number;
  /** New to old, of the medians. */
  ratio: number;
  /** Old again to old, of the medians. */
  oldRatio: number;
  /** Between these are 95 % of the ratios when all rounds of the old program are divided in two at random. */
  oldRange: readonly [low: number, high: number];
  verdict: Verdict;
}

/** Says whether the new program costs more than the old one, and whether chance alone would say so too. */
export function compare(rounds: Rounds): Comparison {
  const medians = {
    old: median(rounds.old),
    new: median(rounds.new),
    oldAgain: median(rounds.oldAgain),
  };
  const ratio = medians.new / medians.old;
  const oldRange = rangeOfSplits([...rounds.old, ...rounds.oldAgain]);
  return {
    ...medians,
    ratio,
    oldRatio: medians.oldAgain / medians.old,
    oldRange,
    verdict: verdictOf(ratio, oldRange[1]),
  };
}

function verdictOf(ratio: number, oldHigh: number): Verdict {
  if (ratio <= ALLOWED_RATIO) return 'at most 1.03';
  return ratio <= oldHigh ? 'inside old against old' : 'WORSE';
}

function rangeOfSplits(values: readonly number[]): readonly [number, number] {
  // The same rounds always give the same range.
  const random = new SeededRandom(1);
  const half = values.length / 2;
  const ratios = Array.from({ length: SPLITS }, () => {
    const shuffled = random.shuffled(values);
    return median(shuffled.slice(half)) / median(shuffled.slice(0, half));
  }).sort((a, b) => a - b);
  const beyond = Math.floor((SPLITS * (1 - COVERAGE)) / 2);
  return [ratios[beyond] as number, ratios[SPLITS - 1 - beyond] as number];
}

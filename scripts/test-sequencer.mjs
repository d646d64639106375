import Sequencer from '@jest/test-sequencer';

const LONG = /[\\/]test[\\/](e2e|contract)[\\/]/;

/**
 * Runs tests of whole services before unit tests. Jest orders files by their duration in the
 * previous run, but a new machine has no previous run, and a file that takes a minute at the very
 * end keeps one worker busy while the others are idle.
 */
export default class ServicesFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => LONG.test(path);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}

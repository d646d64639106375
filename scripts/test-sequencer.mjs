import Sequencer from '@jest/test-sequencer';

const LONG = /[\\/]test[\\/](e2e|contract)[\\/]/;

/**
 * Whole services before units. Jest orders by how long files took the last time, but a fresh machine has no
 * last time, and a minute's file that comes at the very end has one worker busy and the others idle.
 */
export default class ServicesFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => LONG.test(path);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}

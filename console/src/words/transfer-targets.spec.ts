import { describe, expect, it } from '@jest/globals';
import { fieldErrorsOf } from './field-errors.js';
import { readTargets, targetsText } from './transfer-targets.js';

describe('transfer targets as text', () => {
  it('are one on each line, and read as they were written', () => {
    const targets = [
      { name: 'Sales', to: '+14155552671' },
      { name: 'Front desk', to: '+442071838750' },
    ];
    expect(targetsText(targets)).toBe('Sales = +14155552671\nFront desk = +442071838750');
    expect(readTargets(targetsText(targets))).toEqual(targets);
    expect(readTargets('\n  Sales=+1 (415) 555-2671 \n\n')).toEqual([targets[0]]);
    expect(readTargets(' ')).toEqual([]);
  });

  it.each(['Sales', '= +14155552671', 'Sales ='])('%p is named by its line', (line) => {
    let thrown: unknown = null;
    try {
      readTargets(`Sales = +14155552671\n${line}`);
    } catch (error) {
      thrown = error;
    }
    expect(fieldErrorsOf(thrown)).toMatchObject([
      { field: 'transfer_targets', message: expect.stringContaining('line 2') },
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { OnMachine } from '../api/types.js';
import { machineValues, readMachine } from './machine-form.js';

describe('what is done where a machine answers', () => {
  const all: OnMachine[] = [
    'ignore',
    'hang_up',
    { leave_message: 'Please call us back.' },
    { leave_message: { sound: 'back.wav' } },
  ];
  it.each(all)('is the same after it was shown in the form: %j', (onMachine) => {
    expect(readMachine(machineValues(onMachine))).toEqual(onMachine);
  });

  it('keeps what was typed for another choice out of what is saved', () => {
    const values = machineValues({ leave_message: 'Please call us back.' });
    expect(readMachine({ ...values, choice: 'hang_up' })).toBe('hang_up');
  });
});

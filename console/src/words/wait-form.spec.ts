import { describe, expect, it } from '@jest/globals';
import type { OnWait } from '../api/types.js';
import { readWait, waitValues } from './wait-form.js';

describe('what a caller hears while the agent takes long', () => {
  const all: Array<OnWait | null> = [null, 'One moment, please.', { sound: 'one-moment.wav' }];
  it.each(all)('is the same after it was shown in the form: %j', (onWait) => {
    expect(readWait(waitValues(onWait))).toEqual(onWait);
  });

  it('keeps what was typed for another choice out of what is saved', () => {
    const values = waitValues('One moment, please.');
    expect(readWait({ ...values, choice: 'nothing' })).toBeNull();
    expect(readWait({ ...values, choice: 'sound', sound: 'a.wav' })).toEqual({ sound: 'a.wav' });
  });
});

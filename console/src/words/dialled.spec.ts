import { describe, expect, it } from '@jest/globals';
import { refusalText } from './dialled.js';

describe('a call from the phone that was not taken', () => {
  it.each(['rejected', 'busy', 'unreachable'])('is explained: %s', (refused) => {
    expect(refusalText(refused)).toMatch(/^[A-Z].*\.$/);
    expect(refusalText(refused)).not.toContain(`(${refused})`);
  });

  it('is told by its name where that is not known here', () => {
    expect(refusalText('vanished')).toBe('The call was not taken (vanished).');
  });

  it('has no words where it was taken', () => {
    expect(refusalText(undefined)).toBe('');
  });
});

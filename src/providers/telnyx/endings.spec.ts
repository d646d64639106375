import { describe, expect, it } from '@jest/globals';
import { endingOf, failureOfPerson } from './endings.js';

describe('how a call at Telnyx ended', () => {
  it.each([
    ['normal_clearing', 200, 'completed', null],
    ['normal_clearing', null, 'completed', null],
    // Never answered, whatever the cause says.
    ['normal_clearing', 486, 'busy', null],
    ['normal_clearing', 480, 'no-answer', null],
    ['time_limit', null, 'completed', 'max_duration'],
    ['user_busy', 486, 'busy', null],
    ['no_answer', 480, 'no-answer', null],
    ['timeout', 487, 'no-answer', null],
    ['originator_cancel', 487, 'canceled', null],
    // A rejected call is not a busy one.
    ['call_rejected', 603, 'failed', null],
    ['call_rejected', 486, 'failed', null],
    ['not_found', 404, 'failed', null],
    ['unspecified', null, 'failed', null],
    ['unspecified', 408, 'no-answer', null],
    // No words of Telnyx's.
    ['busy', null, 'failed', null],
    ['cancelled', null, 'failed', null],
    ['', 600, 'busy', null],
    ['', null, 'failed', null],
    ['new_cause', 200, 'completed', null],
    ['constructor', null, 'failed', null],
  ] as const)('%s, %s: %s', (cause, sipCode, status, endReason) => {
    expect(endingOf(cause, sipCode)).toEqual({ status, endReason });
  });

  it('is what became of a person who was to be reached', () => {
    const failure = (cause: string, sip: number | null) => failureOfPerson(endingOf(cause, sip));
    expect(failure('normal_clearing', 200)).toBeNull();
    expect(failure('user_busy', 486)).toBe('busy');
    expect(failure('timeout', 487)).toBe('no_answer');
    expect(failure('call_rejected', 603)).toBe('failed');
    expect(failure('originator_cancel', 487)).toBe('failed');
  });
});

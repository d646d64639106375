import { describe, expect, it } from '@jest/globals';
import { endingOf, type Ended } from './endings.js';

const DIALLED: Ended = {
  direction: 'outbound',
  wasAnswered: false,
  hasRung: true,
  rangOut: false,
  cause: 0,
  sipCode: null,
  dialStatus: '',
};

describe('how a call through Asterisk ended', () => {
  // What a real Asterisk says of SIP phones that do this.
  it.each<[string, Partial<Ended>, string]>([
    ['busy here', { cause: 17, sipCode: 486, dialStatus: 'BUSY' }, 'busy'],
    ['busy everywhere', { cause: 17, sipCode: 600, dialStatus: 'BUSY' }, 'busy'],
    ['declined', { cause: 21, sipCode: 603, dialStatus: 'NOANSWER' }, 'failed'],
    ['forbidden', { cause: 21, sipCode: 403, dialStatus: 'NOANSWER' }, 'failed'],
    ['not available', { cause: 19, sipCode: 480, dialStatus: 'NOANSWER' }, 'no-answer'],
    ['asked for too long', { cause: 18, sipCode: 408, dialStatus: 'NOANSWER' }, 'no-answer'],
    ['no such number', { cause: 1, sipCode: 404, dialStatus: 'NOANSWER' }, 'failed'],
    ['no codec in common', { cause: 58, sipCode: 488, dialStatus: 'NOANSWER' }, 'failed'],
    ['an error of its own', { cause: 38, sipCode: 500, dialStatus: 'NOANSWER' }, 'failed'],
    ['overloaded', { cause: 34, sipCode: 503, dialStatus: 'CONGESTION' }, 'failed'],
    ['it rang until the time-out', { cause: 19, sipCode: 480, rangOut: true }, 'no-answer'],
    ['we cancelled', { cause: 16, dialStatus: 'NOANSWER' }, 'canceled'],
    ['cancelled elsewhere', { cause: 127, sipCode: 487 }, 'canceled'],
    ['a status that is new to us', { cause: 0, sipCode: 699 }, 'failed'],
  ])('%s, without an answer', (_, ended, status) => {
    expect(endingOf({ ...DIALLED, ...ended })).toEqual({ status, isUnreachable: false });
  });

  it.each<[string, Partial<Ended>, string]>([
    ['busy', { cause: 17 }, 'busy'],
    ['not answered', { cause: 19 }, 'no-answer'],
    ['rejected', { cause: 21 }, 'failed'],
    ['no circuit', { cause: 34 }, 'failed'],
    ['a Local channel, busy', { dialStatus: 'BUSY' }, 'busy'],
    ['a Local channel, not answered', { dialStatus: 'NOANSWER' }, 'no-answer'],
    ['a Local channel, cancelled', { dialStatus: 'CANCEL' }, 'canceled'],
    ['a Local channel, no way there', { dialStatus: 'CHANUNAVAIL' }, 'failed'],
    ['a Local channel, congestion', { dialStatus: 'CONGESTION' }, 'failed'],
    ['nothing at all', {}, 'failed'],
  ])('%s, without SIP', (_, ended, status) => {
    expect(endingOf({ ...DIALLED, ...ended }).status).toBe(status);
  });

  it('tells a phone that does not exist from one that nobody answers', () => {
    const timedOut = { cause: 19, sipCode: 480 };
    const unreachable = { status: 'failed', isUnreachable: true };
    const ended = { ...DIALLED, ...timedOut, hasRung: false };
    expect(endingOf({ ...ended, rangOut: true })).toEqual(unreachable);
    // It said so itself, and long before the time-out.
    expect(endingOf({ ...ended, rangOut: false }).status).toBe('no-answer');
    // A dial of an earlier process.
    expect(endingOf({ ...ended, rangOut: null }).status).toBe('no-answer');
  });

  it.each<[string, Partial<Ended>, string]>([
    ['the caller gave up', { cause: 127, sipCode: 487 }, 'canceled'],
    ['the caller gave up, and the dialplan went on', { cause: 0 }, 'canceled'],
    ['we hung up', { cause: 16 }, 'canceled'],
    ['we were busy', { cause: 17 }, 'busy'],
    ['we did not know the number', { cause: 1 }, 'failed'],
  ])('%s, of a call that came in', (_, ended, status) => {
    expect(endingOf({ ...DIALLED, direction: 'inbound', ...ended }).status).toBe(status);
  });

  it.each([0, 16, 17, 19, 31, 127])('an answered call is completed, also by cause %d', (cause) => {
    for (const direction of ['inbound', 'outbound'] as const) {
      const ended = { ...DIALLED, direction, wasAnswered: true, cause };
      expect(endingOf(ended)).toEqual({ status: 'completed', isUnreachable: false });
    }
  });
});

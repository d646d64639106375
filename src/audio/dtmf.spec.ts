import { describe, expect, it } from '@jest/globals';
import { keysIn } from '../../test/support/dtmf-keys.js';
import { toneShare } from '../../test/support/tone-share.js';
import { digitsMs, dtmfTones } from './dtmf.js';
import { MULAW_SILENCE } from './mulaw.js';

const MS = 8;

describe('digits as tones', () => {
  it.each([
    ['1', 697, 1209],
    ['5', 770, 1336],
    ['9', 852, 1477],
    ['0', 941, 1336],
    ['*', 941, 1209],
    ['#', 941, 1477],
    ['A', 697, 1633],
    ['D', 941, 1633],
  ])('%s is %i and %i Hz for 100 ms, the higher a little louder', (key, low, high) => {
    const audio = dtmfTones(key);
    const tone = audio.subarray(0, 100 * MS);
    const [lower, higher] = [toneShare(tone, low), toneShare(tone, high)];
    expect(lower + higher).toBeGreaterThan(0.99);
    expect(higher / lower).toBeGreaterThan(1.3);
    expect(higher / lower).toBeLessThan(1.9);
    expect(audio.subarray(100 * MS)).toEqual(Buffer.alloc(100 * MS, MULAW_SILENCE));
  });

  it('are read again by a receiver, one by one, equal ones too', () => {
    expect(keysIn(dtmfTones('0123456789ABCD*#'))).toBe('0123456789ABCD*#');
    expect(keysIn(dtmfTones('11w1'))).toBe('111');
  });

  it('are whole frames, and a pause is half a second', () => {
    expect(dtmfTones('12w3').length).toBe(1_100 * MS);
    expect(digitsMs('12w3')).toBe(1_100);
    expect(dtmfTones('w')).toEqual(Buffer.alloc(500 * MS, MULAW_SILENCE));
  });
});

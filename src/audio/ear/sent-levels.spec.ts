import { describe, expect, it } from '@jest/globals';
import { mulawFrames, noise } from '../../../test/support/test-signals.js';
import { FLOOR_DB } from './levels.js';
import { SentLevels } from './sent-levels.js';

const [LOUD] = mulawFrames(noise(20, -20)) as [Buffer];
const [SOFT] = mulawFrames(noise(20, -40)) as [Buffer];

describe('how loud what was sent is, when it is heard', () => {
  it('is told in its time, and not before or after', () => {
    const sent = new SentLevels();
    sent.send(LOUD, 1_000);
    expect([960, 980].map((now) => sent.hear(now))).toEqual([false, false]);
    expect(sent.hear(1_005)).toBe(true);
    expect(Math.max(...sent.bands)).toBeGreaterThan(-30);
    expect(sent.hear(1_020)).toBe(false);
    expect([...sent.bands]).toEqual(Array.from({ length: 4 }, () => FLOOR_DB));
  });

  it('the loudest of what passed between two frames counts', () => {
    const sent = new SentLevels();
    sent.hear(0);
    sent.send(SOFT, 20);
    sent.send(LOUD, 40);
    sent.send(SOFT, 60);
    expect(sent.hear(60)).toBe(true);
    expect(Math.max(...sent.bands)).toBeGreaterThan(-30);
  });

  it('what was taken back is not heard', () => {
    const sent = new SentLevels();
    for (let at = 100; at < 200; at += 20) sent.send(LOUD, at);
    sent.takeBack(140);
    const heard = [100, 120, 140, 160, 180].map((now) => sent.hear(now));
    expect(heard).toEqual([true, true, false, false, false]);
  });

  it('what was sent more than a second before is forgotten', () => {
    const sent = new SentLevels();
    sent.send(LOUD, 100);
    sent.send(LOUD, 100 + 64 * 20);
    expect(sent.hear(100)).toBe(false);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { encodeMulaw, MULAW_SILENCE } from '../../audio/mulaw.js';
import { seededRandom } from '../../../test/support/seed.js';
import { GreetingWatch } from './greeting-watch.js';

const SILENCE = Buffer.alloc(160, MULAW_SILENCE);

describe('the end of a greeting', () => {
  let watch: GreetingWatch;
  let isOver = false;
  const random = seededRandom();

  beforeEach(() => {
    jest.useFakeTimers();
    watch = new GreetingWatch();
    isOver = false;
    void watch.over().then(() => (isOver = true));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const hiss = (): Buffer =>
    encodeMulaw(Int16Array.from({ length: 160 }, () => (random.next() - 0.5) * 20_000));
  const hear = async (ms: number, frame: () => Buffer): Promise<void> => {
    for (let at = 0; at < ms; at += 20) {
      watch.hear(frame());
      jest.advanceTimersByTime(20);
      if (at % 500 === 0) watch.check(performance.now());
    }
    await Promise.resolve();
  };

  it('is two seconds of silence after it', async () => {
    await hear(3_000, hiss);
    await hear(1_000, () => SILENCE);
    await hear(500, hiss);
    await hear(1_900, () => SILENCE);
    expect(isOver).toBe(false);
    await hear(700, () => SILENCE);
    expect(isOver).toBe(true);
  });

  it('is not waited for longer than half a minute', async () => {
    await hear(29_000, hiss);
    expect(isOver).toBe(false);
    await hear(1_600, hiss);
    expect(isOver).toBe(true);
  });
});

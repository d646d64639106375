import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inTurn, mulawFrames, silence, speech, tone } from '../../../test/support/test-signals.js';
import { GreetingWatch } from './greeting-watch.js';

const words = (ms: number): Int16Array => speech({ ms, dbov: -20 });

describe('the end of a greeting', () => {
  let watch: GreetingWatch;
  let isOver = false;

  beforeEach(() => {
    jest.useFakeTimers();
    watch = new GreetingWatch();
    isOver = false;
    void watch.over().then(() => (isOver = true));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const hear = async (...sounds: Int16Array[]): Promise<void> => {
    for (const [index, frame] of mulawFrames(inTurn(...sounds)).entries()) {
      watch.hear(frame);
      jest.advanceTimersByTime(20);
      if (index % 25 === 0) watch.check(performance.now());
    }
    await Promise.resolve();
  };

  it('is two seconds of silence after it', async () => {
    await hear(words(3_000), silence(1_000), words(1_000), silence(1_700));
    expect(isOver).toBe(false);
    await hear(silence(900));
    expect(isOver).toBe(true);
  });

  it('is the same with a beep in the silence', async () => {
    await hear(words(2_000), silence(300), tone(1_000, { ms: 700 }), silence(1_700));
    expect(isOver).toBe(true);
  });

  it('is not waited for longer than half a minute', async () => {
    await hear(words(29_000));
    expect(isOver).toBe(false);
    await hear(words(1_600));
    expect(isOver).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { StoreClock } from './store-clock.js';
import { StoreTime } from './store-time.js';

describe('the time of a shared store', () => {
  it('is this machine’s until the store’s clock was read, and the store’s from then on', () => {
    const storeClock = new StoreClock();
    const time = new StoreTime(storeClock);
    const before = Date.now();
    expect(time.now().getTime()).toBeGreaterThanOrEqual(before);
    expect(time.now().getTime()).toBeLessThanOrEqual(Date.now());
    const now = performance.now();
    storeClock.note(now, now, Date.UTC(2020, 0, 1));
    const seen = time.now().getTime() - Date.UTC(2020, 0, 1);
    expect(seen).toBeGreaterThanOrEqual(0);
    expect(seen).toBeLessThanOrEqual(Math.ceil(performance.now() - now));
  });
});

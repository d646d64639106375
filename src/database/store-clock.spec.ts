import { describe, expect, it } from '@jest/globals';
import { StoreClock } from './store-clock.js';

describe('the store’s clock', () => {
  it('is taken to have been read in the middle of the query', () => {
    const clock = new StoreClock();
    clock.note(100, 110, 5_000);
    expect(clock.localTime(5_000)).toBe(105);
    expect(clock.localTime(5_020)).toBe(125);
  });

  it('is known by the quickest query of the last minute', () => {
    const clock = new StoreClock();
    clock.note(0, 2, 1_000);
    clock.note(100, 180, 1_175);
    expect(clock.localTime(1_000)).toBe(1);
    clock.note(70_000, 70_080, 71_060);
    expect(clock.localTime(71_060)).toBe(70_040);
  });

  it('that was set is believed at once', () => {
    const clock = new StoreClock();
    clock.note(0, 2, 1_000);
    clock.note(100, 120, 9_000);
    expect(clock.localTime(9_000)).toBe(110);
  });
});

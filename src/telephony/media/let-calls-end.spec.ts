import { describe, expect, it } from '@jest/globals';
import { sayDrainStep, type DrainStep } from '../../shared/draining.js';
import { letCallsEnd } from './let-calls-end.js';

describe('letting calls end', () => {
  it('tells at once, while it waits, and at the end', async () => {
    let calls = 2;
    const told: DrainStep[] = [];
    await letCallsEnd(
      () => calls,
      3_600_000,
      (step) => {
        told.push(step);
        if (step.step === 'waiting') calls -= 1;
      },
      0,
    );
    expect(told).toEqual([
      { step: 'started', calls: 2, secondsLeft: expect.any(Number) },
      { step: 'waiting', calls: 2, secondsLeft: expect.any(Number) },
      { step: 'waiting', calls: 1, secondsLeft: expect.any(Number) },
      { step: 'finished', calls: 0, secondsLeft: expect.any(Number) },
    ]);
  });

  it('gives up when the time is up, and says how many are cut', async () => {
    const told: DrainStep[] = [];
    await letCallsEnd(
      () => 1,
      0,
      (step) => told.push(step),
    );
    expect(told.map(sayDrainStep)).toEqual([
      'Stopping: 1 call is in progress and may go on for 0 s. Ctrl-C again stops at once.',
      'The time is up: 1 call is cut.',
    ]);
  });

  it('without a call ends at once, with one line', async () => {
    const told: DrainStep[] = [];
    await letCallsEnd(
      () => 0,
      300_000,
      (step) => told.push(step),
    );
    expect(told.map(sayDrainStep)).toEqual(['Stopping: no call is in progress.']);
  });
});

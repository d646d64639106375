import { describe, expect, it } from '@jest/globals';
import { sayDrainStep, type DrainStep } from '../../shared/draining.js';
import { letCallsEnd } from './let-calls-end.js';

describe('letting calls end', () => {
  it('tells at once and while it waits', async () => {
    let calls = 2;
    const told: DrainStep[] = [];
    await letCallsEnd(
      () => calls,
      () => 3_600_000,
      (step) => {
        told.push(step);
        if (step.step === 'waiting') calls -= 1;
      },
      0,
    );
    const secondsLeft: unknown = expect.any(Number);
    expect(told).toEqual([
      { step: 'started', calls: 2, secondsLeft, moved: 0 },
      { step: 'waiting', calls: 2, secondsLeft, moved: 0 },
      { step: 'waiting', calls: 1, secondsLeft, moved: 0 },
    ]);
  });

  it('gives up when the time is up, also where that comes sooner than it was', async () => {
    const told: DrainStep[] = [];
    let timeoutMs = 300_000;
    await letCallsEnd(
      () => 1,
      () => timeoutMs,
      (step) => {
        told.push(step);
        timeoutMs = 0;
      },
    );
    expect(told.map(sayDrainStep)).toEqual([
      'Stopping: 1 call is in progress and may go on for 300 s. Ctrl-C again stops at once.',
    ]);
  });

  it.each<[Partial<DrainStep>, string]>([
    [{ step: 'finished', calls: 1 }, 'The time is up: 1 call is cut.'],
    [{ step: 'finished' }, 'Every call has ended.'],
    [{ step: 'finished', moved: 12 }, 'Every call has ended or was handed over (12).'],
    [
      { step: 'moving', moved: 12, calls: 28 },
      'Handing calls over to other instances: moved 12 of 40. Ctrl-C stops at once.',
    ],
  ])('a person is told of %j', (step, text) => {
    expect(sayDrainStep({ step: 'started', calls: 0, secondsLeft: 0, moved: 0, ...step })).toBe(
      text,
    );
  });

  it('without a call ends at once, with one line', async () => {
    const told: DrainStep[] = [];
    await letCallsEnd(
      () => 0,
      () => 300_000,
      (step) => told.push(step),
    );
    expect(told.map(sayDrainStep)).toEqual(['Stopping: no call is in progress.']);
  });
});

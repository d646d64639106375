import { expect, test } from '@jest/globals';
import { Renewals } from './renewals.js';

const FENCE = 4_000;
const LEASE = 6_000;

function open() {
  const clock = { now: 1_000 };
  return { clock, renewals: new Renewals(FENCE, LEASE, () => clock.now) };
}

test('an instance fences itself when it has not renewed for long enough, and is back with the next renewal', () => {
  const { clock, renewals } = open();
  clock.now += FENCE - 1;
  expect(renewals.isFenced).toBe(false);
  clock.now += 1;
  expect(renewals.isFenced).toBe(true);
  renewals.renewed(clock.now);
  expect(renewals.isFenced).toBe(false);
});

test('a renewal counts from when it was asked for, not from when it was answered', () => {
  const { clock, renewals } = open();
  const askedAt = clock.now;
  clock.now += 3_000;
  renewals.renewed(askedAt);
  clock.now += 1_000;
  expect(renewals.isFenced).toBe(true);
});

test('it may take over only after a whole lease of unbroken renewals', () => {
  const { clock, renewals } = open();
  expect(renewals.isSteady).toBe(false);
  for (let beat = 0; beat < 3; beat += 1) {
    renewals.renewed(clock.now);
    expect(renewals.isSteady).toBe(false);
    clock.now += 2_000;
  }
  renewals.renewed(clock.now);
  expect(renewals.isSteady).toBe(true);
});

test.each([
  ['a renewal that failed', (renewals: Renewals) => renewals.failed(), 2_000],
  ['a pause that was too long', () => undefined, FENCE],
])('after %s it begins anew', (_why, happens, pause) => {
  const { clock, renewals } = open();
  const beats = (count: number): void => {
    for (let beat = 0; beat < count; beat += 1) {
      renewals.renewed(clock.now);
      clock.now += 2_000;
    }
  };
  beats(5);
  expect(renewals.isSteady).toBe(true);
  happens(renewals);
  clock.now += pause;
  beats(2);
  expect(renewals.isSteady).toBe(false);
  beats(1);
  expect(renewals.isSteady).toBe(true);
});

test('a process that was stopped knows at once that it may take nothing over', () => {
  const { clock, renewals } = open();
  for (let beat = 0; beat < 5; beat += 1) {
    renewals.renewed(clock.now);
    clock.now += 2_000;
  }
  clock.now += 60_000;
  expect([renewals.isFenced, renewals.isSteady]).toEqual([true, false]);
});

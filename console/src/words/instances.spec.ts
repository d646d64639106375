import { expect, it } from '@jest/globals';
import type { Instance } from '../api/types.js';
import { clockText, instancesText, loadText, stateWords } from './instances.js';

const instance = (parts: Partial<Instance>): Instance => ({
  instance_id: 'an-id',
  name: 'api-1',
  version: '0.3.0',
  state: 'ready',
  live_calls: 12,
  capacity: 500,
  started_at: '2026-11-23T10:00:00.000Z',
  clock_offset_ms: 0,
  lease_age_ms: 800,
  this_one: false,
  ...parts,
});

it('the load is told with the room, unless an older release does not know it', () => {
  expect(loadText(instance({}))).toBe('12 of 500');
  expect(loadText(instance({ live_calls: 0, capacity: 0 }))).toBe('not told');
});

it.each([
  [0, 'as the store’s'],
  [3, '3 ms ahead'],
  [-500, '500 ms behind'],
  [501, '▲ 501 ms ahead, too far'],
  [-2_400, '▲ 2.4 s behind, too far'],
])('a clock that is %s ms ahead: %s', (offsetMs, text) => {
  expect(clockText(offsetMs)).toBe(text);
});

it('each state has words, and one of a later release its own', () => {
  expect(stateWords('moving')).toMatchObject({ text: 'handing over', tone: 'waiting' });
  expect(stateWords('asleep')).toMatchObject({ text: 'asleep', tone: 'neutral' });
});

it('all of them are one sentence', () => {
  expect(instancesText([instance({})])).toBe('One instance, 1 ready');
  const three = [instance({}), instance({ state: 'draining' }), instance({ state: 'starting' })];
  expect(instancesText(three)).toBe('3 instances, 1 ready');
});

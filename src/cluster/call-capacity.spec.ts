import { expect, test } from '@jest/globals';
import { LimitSettings } from '../config/settings.js';
import { CallCapacity } from './call-capacity.js';
import type { Cluster, Member } from './cluster.js';
import { Instance } from './instance.js';

test('there is room for as many calls as all ready instances have places', () => {
  const instance = new Instance('here');
  const others = [
    { id: instance.id, state: 'ready', capacity: 10 },
    { id: 'one', state: 'ready', capacity: 30 },
    { id: 'two', state: 'draining', capacity: 50 },
  ] as Member[];
  let members: readonly Member[] = [];
  const cluster = { members: () => members } as Cluster;
  const capacity = new CallCapacity(
    cluster,
    instance,
    new LimitSettings({ maxConcurrentCalls: 10 }),
  );
  // Before the first beat.
  expect(capacity.total()).toBe(10);
  members = others;
  expect(capacity.total()).toBe(40);
});

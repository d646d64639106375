import { expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import type { InstanceState, Member } from '../../cluster/cluster.js';
import { Instance } from '../../cluster/instance.js';
import { ClockIndicator } from './clock.indicator.js';

const instance = new Instance('api-1');
const cluster = new FakeCluster();
const statusWith = (mine: number, ...others: Array<[offsetMs: number, state: InstanceState]>) => {
  cluster.known = [
    { id: instance.id, clockOffsetMs: mine, state: 'ready' } as Member,
    ...others.map(([clockOffsetMs, state]) => ({ id: 'other', clockOffsetMs, state }) as Member),
  ];
  return new ClockIndicator(new HealthIndicatorService(), cluster, instance).check().clock;
};

it('takes an instance out whose clock is off by more than 2 s, either way', () => {
  expect(statusWith(2_000, [0, 'ready'])).toMatchObject({ status: 'up' });
  expect(statusWith(2_001, [0, 'ready'])).toMatchObject({
    status: 'down',
    reason: expect.stringContaining('2.001 s ahead of the store') as unknown,
  });
  expect(statusWith(-2_001, [2_000, 'ready'])).toMatchObject({
    status: 'down',
    reason: expect.stringContaining('behind') as unknown,
  });
});

it('leaves it in while nobody else could take its calls with a better clock', () => {
  expect(statusWith(5_000)).toMatchObject({ status: 'up' });
  expect(statusWith(5_000, [-2_001, 'ready'])).toMatchObject({ status: 'up' });
  expect(statusWith(5_000, [0, 'draining'], [0, 'starting'])).toMatchObject({ status: 'up' });
});

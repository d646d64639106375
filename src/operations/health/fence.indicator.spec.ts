import { expect, it } from '@jest/globals';
import { HealthIndicatorService } from '@nestjs/terminus';
import { FakeCluster } from '../../../test/support/fake-cluster.js';
import { FenceIndicator } from './fence.indicator.js';

it('an instance that could not renew its lease is not ready, and says why', () => {
  const cluster = new FakeCluster();
  const indicator = new FenceIndicator(new HealthIndicatorService(), cluster);
  expect(indicator.check()).toEqual({ lease: { status: 'up', reason: null } });
  cluster.fenced = true;
  expect(indicator.check()).toMatchObject({
    lease: { status: 'down', reason: expect.stringContaining('could not renew') },
  });
});

import { expect, it } from '@jest/globals';
import type { Cluster, InstanceState } from '../cluster/cluster.js';
import type { HttpSettings } from '../config/settings.js';
import { RequestRate } from './request-rate.js';

const among = (...states: InstanceState[]): Cluster =>
  ({ members: () => states.map((state) => ({ state })) }) as unknown as Cluster;

it('requests are counted for each key separately; one too many in a minute is refused, with the time to wait', async () => {
  const rate = new RequestRate({ apiRequestsPerMinute: 3 } as HttpSettings, among('ready'));
  for (let i = 0; i < 3; i += 1) await rate.count(1);
  const refused = await rate.count(1).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'rate_limited' });
  const { retryAfterSeconds } = (refused as { extras: { retryAfterSeconds: number } }).extras;
  expect(Number.isInteger(retryAfterSeconds)).toBe(true);
  expect(retryAfterSeconds).toBeGreaterThan(0);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  await expect(rate.count(2)).resolves.toBeUndefined();
});

it('each of several ready instances admits its share, and all of it again when it is left alone', async () => {
  const states: InstanceState[] = ['ready', 'ready', 'draining', 'starting'];
  const cluster = { members: () => states.map((state) => ({ state })) } as unknown as Cluster;
  const rate = new RequestRate({ apiRequestsPerMinute: 5 } as HttpSettings, cluster);
  for (let i = 0; i < 3; i += 1) await rate.count(1);
  await expect(rate.count(1)).rejects.toMatchObject({ code: 'rate_limited' });
  states.splice(1, 1);
  await expect(rate.count(2)).resolves.toBeUndefined();
  for (let i = 0; i < 4; i += 1) await rate.count(2);
  await expect(rate.count(2)).rejects.toMatchObject({ code: 'rate_limited' });
});

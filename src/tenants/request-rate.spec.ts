import { expect, it } from '@jest/globals';
import type { HttpSettings } from '../config/settings.js';
import { RequestRate } from './request-rate.js';

it('requests are counted for each key separately; one too many in a minute is refused, with the time to wait', async () => {
  const rate = new RequestRate({ apiRequestsPerMinute: 3 } as HttpSettings);
  for (let i = 0; i < 3; i += 1) await rate.count(1);
  const refused = await rate.count(1).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'rate_limited' });
  const { retryAfterSeconds } = (refused as { extras: { retryAfterSeconds: number } }).extras;
  expect(Number.isInteger(retryAfterSeconds)).toBe(true);
  expect(retryAfterSeconds).toBeGreaterThan(0);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  await expect(rate.count(2)).resolves.toBeUndefined();
});

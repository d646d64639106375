import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { timeLimit } from './time-limit.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const never = () => new AbortController().signal;

describe('a time limit', () => {
  const mute = createServer(() => undefined);
  let url: string;
  beforeAll(async () => {
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    mute.closeAllConnections();
    mute.close();
  });

  it('ends a request that nobody answers, also when garbage is collected meanwhile', async () => {
    const collecting = setInterval(collectGarbage, 20);
    try {
      await expect(fetch(url, { signal: timeLimit(200, never()) })).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    } finally {
      clearInterval(collecting);
    }
  });

  it('fires with the first of the others, for its reason', () => {
    const other = new AbortController();
    const limit = timeLimit(60_000, never(), other.signal);
    expect(limit.aborted).toBe(false);
    other.abort('stopping');
    expect([limit.aborted, limit.reason]).toEqual([true, 'stopping']);
  });
});

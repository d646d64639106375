import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { nextAttempt, TRIED_FOR_MS } from './deliverer.js';
import { sendEvent } from './send-event.js';

describe('an event on its way', () => {
  const servers: Server[] = [];
  const seen: IncomingMessage[] = [];
  const never = new AbortController().signal;

  const listen = async (status: number, headers: Record<string, string> = {}): Promise<string> => {
    const server = createServer((request, response) => {
      seen.push(request);
      response.writeHead(status, headers).end();
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    seen.length = 0;
  });

  it('is not taken elsewhere by a redirect', async () => {
    const target = await listen(200);
    const url = await listen(302, { Location: target });
    expect(await sendEvent(url, {}, '{}', ['127.0.0.1'], never)).toEqual({
      status: 302,
      error: null,
    });
    expect(seen).toHaveLength(1);
  });

  it('does not go to a private address, whatever name leads there', async () => {
    const url = new URL(await listen(200));
    const literal = await sendEvent(`https://127.0.0.1:${url.port}/`, {}, '{}', [], never);
    expect(literal).toMatchObject({ status: null, error: expect.stringContaining('public host') });
    expect(seen).toEqual([]);
  });

  it('goes to a private one that is listed', async () => {
    const url = await listen(204);
    expect(await sendEvent(url, {}, '{}', ['127.0.0.1'], never)).toEqual({
      status: 204,
      error: null,
    });
  });
});

describe('a delivery that fails', () => {
  it('is tried again with longer and longer pauses for a day, then given up', () => {
    const created = new Date('2026-11-23T00:00:00Z');
    let now = created;
    const pauses: number[] = [];
    for (let attempts = 0; ; attempts += 1) {
      const next = nextAttempt(attempts, created, now);
      if (!next) break;
      pauses.push((next.getTime() - now.getTime()) / 1000);
      now = next;
    }
    expect(pauses.slice(0, 7)).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200]);
    expect(now.getTime() - created.getTime()).toBeLessThanOrEqual(TRIED_FOR_MS);
    expect(now.getTime() - created.getTime()).toBeGreaterThan(TRIED_FOR_MS - 7_200_000);
    expect([...pauses].sort((a, b) => a - b)).toEqual(pauses);
  });
});

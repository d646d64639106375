import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Instance } from '../cluster/instance.js';
import { AdminGuard, ApiKeyGuard } from './api-key.guard.js';
import { callerOf } from './caller.js';
import type { Credentials, Identified } from './credentials.js';
import type { RequestRate } from './request-rate.js';

type Fields = { method?: string; headers?: Record<string, string> };

/** A guard, and a request on its way to it. */
function at(Guard: typeof ApiKeyGuard, identified: Identified | null, fields: Fields = {}) {
  const counted: number[] = [];
  const sent: Record<string, string> = {};
  const request = {
    method: 'POST',
    headers: {},
    res: { setHeader: (name: string, value: string) => (sent[name] = value) },
    ...fields,
  };
  const guard = new Guard(
    { identify: () => Promise.resolve(identified) } as unknown as Credentials,
    { count: async (keyId: number) => void counted.push(keyId) } as unknown as RequestRate,
    new Instance('api-1'),
  );
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  const pass = () => guard.canActivate(context as unknown as ExecutionContext);
  return { pass, counted, sent, caller: () => callerOf(request as never) };
}

const known = (userId: number, byCookie = false): Identified => ({
  caller: { userId, keyId: 10 + userId },
  byCookie,
});

describe.each([ApiKeyGuard, AdminGuard])('%p', (Guard) => {
  it('lets user 1 pass, counted by key and remembered', async () => {
    const { pass, counted, sent, caller } = at(Guard, known(1));
    expect(await pass()).toBe(true);
    expect(counted).toEqual([11]);
    expect(caller()).toEqual({ userId: 1, keyId: 11 });
    expect(sent).toEqual({ 'X-Patchbay-Instance': 'api-1' });
  });

  it('refuses an unknown key, and counts nothing', async () => {
    const { pass, counted, sent, caller } = at(Guard, null);
    await expect(pass()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(counted).toEqual([]);
    expect(sent).toEqual({});
    expect(caller).toThrow('without ApiKeyGuard');
  });

  it('lets a browser pass from our own pages, and tells it to cache nothing', async () => {
    const own = at(Guard, known(1, true), { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(await own.pass()).toBe(true);
    expect(own.sent).toEqual({
      'Cache-Control': 'no-store',
      'X-Patchbay-Instance': 'api-1',
    });
    const foreign = at(Guard, known(1, true), { headers: { 'sec-fetch-site': 'cross-site' } });
    await expect(foreign.pass()).rejects.toMatchObject({ code: 'forbidden' });
    expect(foreign.counted).toEqual([]);
    expect(foreign.caller).toThrow('without ApiKeyGuard');
  });

  it('asks for no proof of a page with a key, which browsers do not send by themselves', async () => {
    const { pass } = at(Guard, known(1), { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(await pass()).toBe(true);
  });
});

it('lets another user pass, except to routes of user 1 only, which do not exist for them', async () => {
  expect(await at(ApiKeyGuard, known(2)).pass()).toBe(true);
  const { pass } = at(AdminGuard, known(2));
  await expect(pass()).rejects.toMatchObject({ code: 'not_found' });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_KEY, startGateway, type Gateway } from '../support/gateway.js';
import { allOperations, type Operation } from '../support/operations.js';
import { askUnruly, type UnrulyReply, type UnrulyRequest } from '../support/unruly-request.js';

type Input = Omit<UnrulyRequest, 'method' | 'path'> & { path?: (path: string) => string };

const KIB = 1024;
const members = (count: number, value = '1'): string =>
  Array.from({ length: count }, (_, place) => `"m${place}":${value}`).join(',');
const json = { 'content-type': 'application/json' };

/** All within 256 KiB. */
const BODIES: Record<string, string> = {
  wide: `{${members(20_000)}}`,
  'wide inside': `{"agent_options":{${members(20_000)}},"context":{${members(2)}}}`,
  deep: `{"context":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'many values': `{"types":[${Array<string>(100_000).fill('1').join(',')}]}`,
  'a member twice': '{"name":"a","name":"b"}',
  'a prototype': '{"context":{"__proto__":{"a":1}}}',
  'no JSON': '{"name":',
};

const UNREAD: Record<string, Input> = {
  'a body that never ends': { endless: true },
  'a body that does not come': { body: '{"name":"x', withheldBytes: 100 * KIB },
  'a body too large to send': { body: '{"name":"x', withheldBytes: 10 * KIB * KIB },
};

const LONG_URLS: Record<string, Input> = {
  'two thousand parameters': {
    path: (path) => `${path}?${Array.from({ length: 2_000 }, (_, n) => `p${n}=1`).join('&')}`,
  },
  'one parameter two thousand times': {
    path: (path) => `${path}?${Array<string>(2_000).fill('limit=1').join('&')}`,
  },
  'a long parameter': { path: (path) => `${path}?cursor=${'x'.repeat(12_000)}` },
  'a long path': { path: (path) => `${path}/${'x'.repeat(12_000)}` },
  'ids that are long': {
    path: (path) => path.replace(/999999|nothing|%2B12025550199/g, '9'.repeat(6_000)),
  },
  'ids of odd characters': {
    path: (path) => path.replace(/999999|nothing|%2B12025550199/g, '%00%0a%F0%9F%92%A9'),
  },
};

const HEADERS: Record<string, Record<string, string>> = {
  'a long cookie': { cookie: `${'; '.repeat(5_000)}patchbay_session=x` },
  'a long key': { authorization: `Bearer ${'k'.repeat(10_000)}` },
  'a long idempotency key': { 'idempotency-key': 'i'.repeat(10_000) },
  'a long event id': { 'last-event-id': '1'.repeat(10_000) },
};

describe('every route, asked by somebody unruly', () => {
  const operations = allOperations();
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  async function ask(
    { method, path }: Operation,
    { path: change = (one) => one, ...input }: Input,
    withKey: boolean,
  ): Promise<UnrulyReply> {
    const reply = await askUnruly(gateway.url, {
      method,
      path: change(path),
      ...input,
      headers: {
        ...json,
        ...(withKey ? { authorization: `Bearer ${API_KEY}`, 'sec-fetch-site': 'same-origin' } : {}),
        ...input.headers,
      },
    });
    reply.hangUp();
    return reply;
  }

  /** Asks these operations, and names those whose reply is not as it must be. */
  async function walk(
    some: Operation[],
    input: Input,
    withKey: boolean,
    isRight: (reply: UnrulyReply, operation: Operation) => boolean,
  ): Promise<void> {
    expect(some.length).toBeGreaterThan(0);
    const wrong: unknown[] = [];
    for (const operation of some) {
      const reply = await ask(operation, input, withKey);
      const { status, text } = reply;
      const small = status < 300 || text.length <= 8 * KIB;
      // Nobody sends a body to be read by a GET; for all others it matters that the reply arrives.
      const arrived = reply.whole || operation.method === 'GET';
      if (!small || !arrived || !isRight(reply, operation)) {
        wrong.push([operation.method, operation.template, status, text.slice(0, 200), text.length]);
      }
    }
    expect(wrong).toEqual([]);
  }

  /** A carrier's endpoint waits for what it has been promised, for three seconds. */
  const isRefusal = ({ status }: UnrulyReply, { access }: Operation): boolean =>
    (status >= 400 && status < 500) || (access === 'carrier' && status === 503);
  const isAnswer = (reply: UnrulyReply, operation: Operation): boolean =>
    reply.status < 400 || isRefusal(reply, operation);
  const faultsOf = ({ text }: UnrulyReply): unknown[] =>
    (JSON.parse(text) as { errors?: unknown[] }).errors ?? [];

  const locked = operations.filter(({ access }) => access === 'key');
  const reading = operations.filter(({ method }) => method === 'GET');
  const changing = operations.filter(
    ({ method, access }) => method !== 'GET' && access !== 'carrier',
  );
  const fed = changing.filter(({ takesJson }) => takesJson);
  const signIn = operations.filter(({ template }) => template === '/console/api/session');

  it('is in the list', () => {
    expect(operations.length).toBeGreaterThan(50);
    expect(new Set(operations.map(({ access }) => access))).toEqual(
      new Set(['open', 'carrier', 'key']),
    );
  });

  it.each(Object.keys(UNREAD))('without a key, with %s: refused unread', async (name) => {
    const input = UNREAD[name] ?? {};
    await walk(locked, input, false, ({ status }) => status === 401);
    const others = operations.filter((one) => one.access !== 'key' && one.method === 'GET');
    await walk(others, input, false, isAnswer);
    await walk(signIn, input, false, isAnswer);
  });

  it.each(Object.entries(BODIES))('without a key, with %s: refused unread', async (_, body) => {
    await walk(locked, { body }, false, ({ status }) => status === 401);
    await walk(operations, { body }, false, isAnswer);
  });

  it.each(['a body that never ends', 'a body too large to send'])(
    'with a key, with %s: 413, before it has come',
    async (name) => {
      await walk(changing, UNREAD[name] ?? {}, true, ({ status, sentBytes }) => {
        return status === 413 && sentBytes < 64 * KIB * KIB;
      });
      await walk(reading, UNREAD[name] ?? {}, true, isAnswer);
    },
  );

  it.each(Object.entries(BODIES))('with a key, with %s: 400 or 413, briefly', async (_, body) => {
    await walk(changing, { body }, true, (reply) => {
      return [400, 413].includes(reply.status) && faultsOf(reply).length <= 20;
    });
    await walk(reading, { body }, true, isAnswer);
  });

  it('with a key, ninety members with names of 2,500 letters: 400, briefly', async () => {
    const names = Array.from({ length: 90 }, (_, place) => `${place}${'n'.repeat(2_500)}`);
    const body = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
    await walk(fed, { body }, true, (reply) => {
      const sizeOf = reply.status === 413 ? 0 : 20;
      return [400, 413].includes(reply.status) && faultsOf(reply).length === sizeOf;
    });
  });

  it('with a key, a member inside that is called as every object has one: never a fault of ours', async () => {
    const fields = ['a', 'to', 'name', 'types', 'context', 'agent_options', 'url', 'number', 'key'];
    for (const inside of ['constructor', 'toString', 'prototype', 'hasOwnProperty', 'then']) {
      for (const field of fields) {
        const body = `{"${field}":{"b":[{"${inside}":1}]}}`;
        await walk(fed, { body }, true, ({ status }) => status === 400 || status === 404);
      }
    }
  });

  it.each(Object.entries(LONG_URLS))('with a key and without, with %s', async (_, input) => {
    await walk(operations, input, false, isAnswer);
    await walk(operations, { ...input, body: '{' }, true, isAnswer);
  });

  it.each(Object.entries(HEADERS))('with a key and without, with %s', async (_, headers) => {
    await walk(operations, { headers }, false, isAnswer);
    await walk(operations, { headers, body: '{' }, true, isAnswer);
  });

  it('with more headers than are read: 431', async () => {
    const headers = { 'x-long': 'x'.repeat(20 * KIB) };
    await walk(operations, { headers }, false, ({ status }) => status === 431);
  });

  it('signing in reads 8 KiB, and asks first where the request comes from', async () => {
    const post = signIn.find(({ method }) => method === 'POST');
    if (!post) throw new Error('there is no sign-in');
    const key = (length: number): string => `{"key":"${'k'.repeat(length - '{"key":""}'.length)}"}`;
    const statuses = [];
    for (const body of [key(8 * KIB), key(8 * KIB + 1)]) {
      statuses.push((await ask(post, { body }, true)).status);
      statuses.push((await ask(post, { body }, false)).status);
    }
    expect(statuses).toEqual([400, 403, 413, 403]);
  });

  it('is given a moment to read the reply, and then the connection ends', async () => {
    const first = locked.find(({ method }) => method === 'POST');
    const reply = await askUnruly(gateway.url, {
      method: 'POST',
      path: first?.path ?? '',
      headers: { connection: 'keep-alive' },
      withheldBytes: KIB,
    });
    expect(reply.status).toBe(401);
    await reply.closed;
  });

  it('has every reply say that its type is not to be guessed', async () => {
    const missing: unknown[] = [];
    for (const { method, path, template } of operations) {
      const abort = new AbortController();
      const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
      const body = method === 'GET' ? {} : { body: '{' };
      const reply = await fetch(`${gateway.url}${path}`, {
        method,
        headers,
        ...body,
        redirect: 'manual',
        signal: abort.signal,
      });
      if (reply.headers.get('x-content-type-options') !== 'nosniff')
        missing.push([method, template]);
      abort.abort();
    }
    expect(missing).toEqual([]);
  });

  it('is served as before afterwards', async () => {
    const reply = await fetch(`${gateway.url}/api/v1/workflows`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(reply.status).toBe(200);
  });
});

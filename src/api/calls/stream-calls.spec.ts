import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CallFeed } from '../../calls/ledger/call-feed.js';
import type { CallList } from '../../calls/ledger/call-list.js';
import { FEED_START, placeOfId, type FeedPlace } from '../../calls/ledger/feed-place.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import type { LiveSessions } from '../../calls/streams/live-sessions.js';
import type { Credentials } from '../../tenants/credentials.js';
import type { Request, Response } from 'express';
import { StreamCalls } from './stream-calls.js';

const USER = 456;
/** More than a reader may leave unread and the connection itself holds: changes of 256 KiB each. */
const BALLAST = 'x'.repeat(256 * 1024);
const FLOOD = 60;
/** The time that the connections need and that the tests wait. */
const REAL = ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] as const;

/** Real connections, because the client decides how much it leaves unread. */
describe('readers of the feed', () => {
  let feed: CallFeed;
  let stream: StreamCalls;
  let server: Server;
  let port: number;
  /** All changes so far, and how often the store was asked for them. */
  let runs: CallRun[];
  let asked: number;
  /** The runs that are not over. */
  const live = new Set<number>();
  let rendered: number;
  let keyIsValid: boolean;
  /** What happens between a query for past changes and its answer. */
  let afterLook: () => void;
  const errors: unknown[] = [];
  const problems: unknown[] = [];
  const responses: ServerResponse[] = [];
  const clients: Socket[] = [];

  const change = (position: number, ballast = ''): CallRun =>
    ({
      runId: position,
      userId: USER,
      changedXid: 0,
      position,
      createdAt: new Date(),
      context: {
        toJSON: () => {
          rendered += 1;
          return { ballast };
        },
      },
    }) as unknown as CallRun;
  const commit = (ballast?: string): void => {
    const run = change((runs.at(-1)?.position ?? 0) + 1, ballast);
    runs.push(run);
    feed.publish(run);
  };

  beforeEach(async () => {
    runs = [];
    asked = 0;
    rendered = 0;
    keyIsValid = true;
    afterLook = () => undefined;
    live.clear();
    for (const list of [errors, problems, responses]) list.length = 0;
    feed = new CallFeed();
    stream = new StreamCalls(
      feed,
      {
        changedSince: (userId: number, { position: after }: FeedPlace, limit: number) => {
          asked += 1;
          const found = runs.filter((run) => run.userId === userId && run.position > after);
          afterLook();
          return Promise.resolve(found.slice(0, limit));
        },
        newestPlace: () => Promise.resolve(runs.at(-1) ?? FEED_START),
        live: () => {
          const found = runs.filter(({ runId }) => live.has(runId));
          afterLook();
          return Promise.resolve(found.reverse());
        },
      } as unknown as CallList,
      { find: () => null } as unknown as LiveSessions,
      {
        identify: () => Promise.resolve(keyIsValid ? {} : null),
      } as unknown as Credentials,
    );
    stream.onModuleInit();
    server = createServer((request, response) => {
      responses.push(response);
      response.on('error', (error) => errors.push(error));
      const last = request.headers['last-event-id'];
      const after = last === undefined ? null : (placeOfId(String(last)) ?? 'older');
      stream
        .open(USER, after, request as Request, response as Response)
        .catch((problem: unknown) => {
          problems.push(problem);
          response.writeHead(500).end();
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    jest.useRealTimers();
    for (const client of clients.splice(0)) client.destroy();
    stream.beforeApplicationShutdown();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(errors).toEqual([]);
  });

  /** A client that has sent its request and reads nothing until it may. */
  const reader = async (lastPosition?: number | 'older'): Promise<Socket> => {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    clients.push(client);
    const before = responses.length;
    const id = lastPosition === 'older' ? '17' : `0.${lastPosition}`;
    const last = lastPosition === undefined ? '' : `Last-Event-ID: ${id}\r\n`;
    client.write(`GET / HTTP/1.1\r\nHost: x\r\n${last}\r\n`);
    client.pause();
    await until(() => responses.length > before);
    return client;
  };
  /**
   * Lets a client read, and keeps what it receives: the ids of events, and the number of
   * heartbeats.
   */
  const listen = (client: Socket): { ids: number[]; heartbeats: number } => {
    const heard = { ids: [] as number[], heartbeats: 0 };
    createInterface({ input: client }).on('line', (line) => {
      if (line.startsWith('id: ')) heard.ids.push(Number(line.slice('id: 0.'.length)));
      if (line === ': still here') heard.heartbeats += 1;
    });
    return heard;
  };

  it('a reader that stops reading is cut off, and the others receive everything', async () => {
    await reader();
    const stalled = responses[0];
    const healthy = listen(await reader());
    for (let count = 0; count < FLOOD; count += 1) {
      commit(BALLAST);
      await until(() => healthy.ids.length > count);
    }
    expect(stalled?.destroyed).toBe(true);
    expect(healthy.ids).toEqual(runs.map(({ position }) => position));
    expect(responses[1]?.destroyed).toBe(false);
  });

  it('a reader that stops reading holds at most a megabyte and one change', async () => {
    await reader();
    const held: number[] = [];
    for (let count = 0; count < FLOOD; count += 1) {
      commit(BALLAST);
      held.push(responses[0]?.destroyed === false ? responses[0].writableLength : 0);
      await new Promise(setImmediate);
    }
    expect(Math.max(...held)).toBeLessThan(1024 * 1024 + 2 * BALLAST.length);
    expect(held.at(-1)).toBe(0);
  });

  it('many changes for many readers are serialised once each', async () => {
    const readers: Array<ReturnType<typeof listen>> = [];
    for (let count = 0; count < 20; count += 1) readers.push(listen(await reader()));
    for (let count = 0; count < 5; count += 1) commit();
    await until(() => readers.every(({ ids }) => ids.length === 5));
    expect(rendered).toBe(5);
  });

  it('missed changes are read from the store only as fast as the client reads', async () => {
    for (let count = 0; count < 120; count += 1) commit(BALLAST);
    const client = await reader(0);
    await until(() => responses[0]?.writableNeedDrain === true && asked > 0);
    for (let turns = 0; turns < 50; turns += 1) await new Promise(setImmediate);
    expect(asked).toBeLessThanOrEqual(2);
    expect(responses[0]?.writableLength).toBeLessThan(2 * BALLAST.length);
    const read = listen(client);
    commit();
    await until(() => read.ids.length === 121);
    expect(read.ids).toEqual(runs.map(({ position }) => position));
    commit();
    await until(() => read.ids.length === 122);
    // Three pages of the past, one for the change that came in the meantime, and none for what is
    // sent at once.
    expect(asked).toBeLessThanOrEqual(4);
  });

  it('changes between two queries for the past are sent once, in order', async () => {
    for (let count = 0; count < 120; count += 1) commit();
    const client = await reader(10);
    const read = listen(client);
    for (let count = 0; count < 200; count += 1) {
      commit();
      if (count % 7 === 0) await new Promise(setImmediate);
    }
    await until(() => read.ids.at(-1) === 320);
    expect(read.ids).toEqual(runs.slice(10).map(({ position }) => position));
  });

  it('a change that comes with the last query for the past is sent, and a sent one is not repeated', async () => {
    commit();
    afterLook = () => {
      afterLook = () => undefined;
      commit();
    };
    const read = listen(await reader(0));
    await until(() => read.ids.length === 2);
    // The change is committed and read before the feed reports it.
    const [, second] = runs;
    if (second) feed.publish(second);
    commit();
    await until(() => read.ids.at(-1) === 3);
    expect(read.ids).toEqual([1, 2, 3]);
  });

  it('a reader whose last id is from an older release receives the live calls, and then the changes', async () => {
    for (let count = 0; count < 9; count += 1) commit();
    live.add(3).add(7);
    afterLook = () => {
      afterLook = () => undefined;
      commit();
    };
    const read = listen(await reader('older'));
    await until(() => read.ids.length === 3);
    commit();
    await until(() => read.ids.length === 4);
    expect(read.ids).toEqual([7, 3, 10, 11]);
  });

  it('a reader whose last id is behind all changes receives the live calls', async () => {
    for (let count = 0; count < 3; count += 1) commit();
    live.add(2);
    const read = listen(await reader(17));
    await until(() => read.ids.length === 1);
    commit();
    await until(() => read.ids.length === 2);
    expect(read.ids).toEqual([2, 4]);
  });

  it('a change that cannot be read yet is looked for until it can be', async () => {
    commit();
    const unsettled = change(2);
    afterLook = () => {
      afterLook = () => undefined;
      // The change is committed while a transaction that began before it goes on.
      feed.publish(unsettled);
    };
    const read = listen(await reader(0));
    await until(() => asked > 2);
    expect(read.ids).toEqual([1]);
    runs.push(unsettled);
    await until(() => read.ids.length === 2);
    commit();
    await until(() => read.ids.length === 3);
    expect(read.ids).toEqual([1, 2, 3]);
  });

  it('a change that is published after a later one does not end the search for the later one', async () => {
    commit();
    const later = change(3);
    afterLook = () => {
      afterLook = () => undefined;
      feed.publish(later);
      runs.push(change(2));
      feed.publish(change(2));
    };
    const read = listen(await reader(0));
    await until(() => read.ids.length === 2);
    runs.push(later);
    await until(() => read.ids.length === 3);
    expect(read.ids).toEqual([1, 2, 3]);
  });

  it('a user’s twenty-first reader is refused, and the next is admitted when one has gone', async () => {
    const first = await reader();
    for (let count = 1; count < 20; count += 1) await reader();
    await reader();
    await until(() => problems.length === 1);
    expect(problems[0]).toMatchObject({ code: 'limit_reached', status: 409 });
    first.destroy();
    await until(() => responses[0]?.destroyed === true);
    await reader();
    commit();
    expect(problems).toHaveLength(1);
    expect(responses.at(-1)?.headersSent).toBe(true);
  });

  it('a reader that is gone before it begins takes no place', async () => {
    const gone = { destroyed: true, closed: true, once: () => gone } as unknown as Response;
    for (let count = 0; count < 30; count += 1) {
      await stream.open(USER, null, { headers: {} } as Request, gone);
    }
    await reader();
    expect(problems).toEqual([]);
  });

  it('a key that is no longer valid ends its stream, read or not, and nothing is written afterwards', async () => {
    jest.useFakeTimers({ doNotFake: [...REAL] });
    await reader();
    const stalled = responses[0];
    const unread = (): number => stalled?.writableLength ?? 0;
    while (unread() === 0) {
      commit(BALLAST);
      // Until the connection itself accepts no more.
      await new Promise(setImmediate);
    }
    keyIsValid = false;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stalled?.writableEnded).toBe(true);
    for (let count = 0; count < 5; count += 1) commit(BALLAST);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(stalled?.destroyed).toBe(false);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stalled?.destroyed).toBe(true);
  });

  it('a reader that does not take what it missed within half a minute is cut off', async () => {
    jest.useFakeTimers({ doNotFake: [...REAL] });
    for (let count = 0; count < 120; count += 1) commit(BALLAST);
    await reader(0);
    await until(() => responses[0]?.writableNeedDrain === true);
    const before = asked;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(responses[0]?.destroyed).toBe(true);
    expect(asked).toBeLessThanOrEqual(before + 1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('an idle reader receives a heartbeat every 15 s, and leaves no timer behind', async () => {
    jest.useFakeTimers({ doNotFake: [...REAL] });
    const client = await reader();
    const read = listen(client);
    await jest.advanceTimersByTimeAsync(45_000);
    await until(() => read.heartbeats === 3);
    client.destroy();
    await until(() => responses[0]?.destroyed === true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a store that fails before the first byte is reported to the caller, and takes no place', async () => {
    const failing = new StreamCalls(
      feed,
      { newestPlace: () => Promise.reject(new Error('away')) } as unknown as CallList,
      { find: () => null } as unknown as LiveSessions,
      { identify: () => Promise.resolve(null) } as unknown as Credentials,
    );
    const response = { once: () => response } as unknown as Response;
    for (let count = 0; count < 30; count += 1) {
      await expect(
        failing.open(USER, FEED_START, { headers: {} } as Request, response),
      ).rejects.toThrow('away');
    }
  });
});

async function until(condition: () => boolean, patienceMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error('it did not come to that');
    await new Promise(setImmediate);
  }
}

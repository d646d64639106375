import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { QueryObserver } from '@tanstack/query-core';
import { ApiProblem } from './http.js';
import { isPassing, queries } from './queries.js';

type Reply = () => Response;

const nobody: Reply = () => {
  throw new TypeError('fetch failed');
};
const problem = (status: number): Reply => {
  const body = { code: 'some_code', detail: 'Something.' };
  return () => Response.json(body, { status });
};
const good: Reply = () => Response.json({ data: ['Echo'] });

describe('what is read from the service', () => {
  const { fetch } = globalThis;
  let asked = 0;
  beforeEach(() => {
    jest.useFakeTimers();
    queries.clear();
    asked = 0;
  });
  afterEach(() => {
    queries.clear();
    jest.useRealTimers();
    globalThis.fetch = fetch;
  });

  /** Reads a path of a service that gives these answers in order, and the last one from then on. */
  const read = (...replies: Reply[]) => {
    globalThis.fetch = (): Promise<Response> => {
      const reply = replies[Math.min(asked, replies.length - 1)] ?? good;
      asked += 1;
      return new Promise((resolve) => resolve(reply()));
    };
    const observer = new QueryObserver(queries, { queryKey: ['api/v1/workflows'] });
    const stop = observer.subscribe(() => undefined);
    return { observer, stop };
  };

  it('is requested again until it is there; meanwhile the error says why it is not', async () => {
    const { observer, stop } = read(nobody, problem(503), problem(429), good);
    const reasons = new Set<unknown>();
    observer.subscribe(({ failureReason }) => {
      if (failureReason instanceof ApiProblem) reasons.add(failureReason.status);
    });
    for (let tick = 0; tick < 60 && observer.getCurrentResult().data === undefined; tick += 1) {
      await jest.advanceTimersByTimeAsync(500);
    }
    expect([...reasons]).toEqual([0, 503, 429]);
    expect(observer.getCurrentResult()).toMatchObject({
      data: { data: ['Echo'] },
      error: null,
      failureReason: null,
    });
    expect(asked).toBe(4);
    stop();
  });

  it('is not requested again when the answer would stay the same', async () => {
    const { observer, stop } = read(problem(404), good);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(observer.getCurrentResult().error).toMatchObject({ status: 404 });
    expect(asked).toBe(1);
    stop();
  });

  it('keeps the last known value while it cannot be read', async () => {
    const { observer, stop } = read(good, nobody);
    await jest.advanceTimersByTimeAsync(1_000);
    void observer.refetch();
    await jest.advanceTimersByTimeAsync(10_000);
    const { data, failureReason } = observer.getCurrentResult();
    expect(data).toEqual({ data: ['Echo'] });
    expect(failureReason).toMatchObject({ status: 0 });
    // The pause between two attempts never grows beyond five seconds.
    const before = asked;
    await jest.advanceTimersByTimeAsync(20_000);
    expect(asked - before).toBeGreaterThanOrEqual(4);
    stop();
  });
});

it.each([
  [0, true],
  [400, false],
  [401, false],
  [404, false],
  [409, false],
  [429, true],
  [500, true],
  [503, true],
])('an error of status %i passes by itself: %s', (status, passes) => {
  expect(isPassing(new ApiProblem(status, 'code', 'Something.'))).toBe(passes);
});

it('a mistake in the page itself does not pass by itself', () => {
  expect(isPassing(new TypeError('undefined is not a function'))).toBe(false);
});

import { QueryClient, type Query } from '@tanstack/query-core';
import { backOffMs } from './back-off.js';
import { callFeed } from './call-feed.js';
import { ApiProblem, call } from './http.js';

/** Between two attempts, in milliseconds. The feed's return asks at once; this is for when it cannot tell. */
const MOST_PAUSE_MS = 5_000;

/** Whether it will be different by itself in a while: nobody answered, or the service says that it is its own fault. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status >= 429);
}

/**
 * Everything that was read of the service, by the path that was asked. What
 * fails for a reason that passes is asked again until it succeeds; until then
 * what was known stays, beside the error.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      queryFn: ({ queryKey: [path], signal }) => call('GET', String(path), undefined, signal),
      retry: (_failures, error) => isPassing(error),
      retryDelay: (failures) => Math.min(MOST_PAUSE_MS, backOffMs(failures + 1, Math.random())),
      // A service on this machine can be reached without any network.
      networkMode: 'always',
      // The feed says when there is something new; a look at another window is no reason.
      refetchOnWindowFocus: false,
    },
  },
});

/** Reads everything anew that is shown; what waits for its next attempt is asked at once. */
async function readAgain(): Promise<void> {
  const isOnce = ({ meta }: Query): boolean => meta?.['followsFeed'] !== true;
  await queries.cancelQueries({
    predicate: (query) => isOnce(query) && query.state.fetchFailureCount > 0,
  });
  await queries.invalidateQueries({ predicate: isOnce });
}

// While the line was broken nobody told of changes, and it comes back when the service does.
callFeed.watch((state) => {
  if (state === 'live') void readAgain();
});

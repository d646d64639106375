import { QueryClient, type Query } from '@tanstack/query-core';
import { backOffMs } from './back-off.js';
import { callFeed } from './call-feed.js';
import { ApiProblem, call } from './http.js';

/** The pause between two attempts, in milliseconds. When the feed is back, requests are repeated at once; this pause is for when the feed cannot tell. */
const MOST_PAUSE_MS = 5_000;

/** Whether the error may pass by itself: nobody answered, or the service says that the fault is its own. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status >= 429);
}

/**
 * Everything that was read from the service, by its path. A request that fails for
 * a reason that may pass is repeated until it succeeds. Until then the last known
 * value stays, beside the error.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      queryFn: ({ queryKey: [path], signal }) => call('GET', String(path), undefined, signal),
      retry: (_failures, error) => isPassing(error),
      retryDelay: (failures) => Math.min(MOST_PAUSE_MS, backOffMs(failures + 1, Math.random())),
      // A service on this machine can be reached without a network.
      networkMode: 'always',
      // The feed says when there is something new, so a change of the focused window is no reason to read.
      refetchOnWindowFocus: false,
    },
  },
});

/** Reads everything that is shown again. What waits for its next attempt is requested at once. */
async function readAgain(): Promise<void> {
  const isOnce = ({ meta }: Query): boolean => meta?.['followsFeed'] !== true;
  await queries.cancelQueries({
    predicate: (query) => isOnce(query) && query.state.fetchFailureCount > 0,
  });
  await queries.invalidateQueries({ predicate: isOnce });
}

// While the connection was broken no changes were reported, and it is back when the service is.
callFeed.watch((state) => {
  if (state === 'live') void readAgain();
});

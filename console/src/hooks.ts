import { QueryObserver, type QueryObserverOptions } from '@tanstack/query-core';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { callFeed, type FeedState } from './api/call-feed.js';
import { call } from './api/http.js';
import { queries } from './api/queries.js';
import type { Call, List } from './api/types.js';

type Asked<T> = QueryObserverOptions<T>;

export interface Loaded<T> {
  /** The last value that was read. It stays while it is requested again, and while that fails. */
  data: T | null;
  /** Why it could not be read, also while it is requested again; null as soon as it was read. */
  error: unknown;
  /** True: it was read since the component was mounted, and not only before. */
  fresh: boolean;
  reload: () => void;
}

/** What `GET path` answers. It is requested again when the path changes. Null: nothing is requested. */
export function useLoad<T>(
  path: string | null,
  options: Pick<Asked<T>, 'refetchInterval'> = {},
): Loaded<T> {
  return useQuery<T>({
    queryKey: [path],
    enabled: path !== null,
    ...options,
  });
}

/** All entries of a list that comes in pages. */
export function useList<T>(path: string): Loaded<List<T>> {
  return useQuery<List<T>>({
    queryKey: [path, 'all pages'],
    queryFn: async ({ signal }) => ({ data: await readAll<T>(path, signal) }),
  });
}

async function readAll<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null | undefined = '';
  do {
    const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page: List<T> = await call('GET', `${path}${query}`, undefined, signal);
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}

/** One entry of what was read; see `api/queries.ts`. */
export function useQuery<T>(options: Asked<T>): Loaded<T> {
  const [observer] = useState(() => new QueryObserver(queries, options));
  const result = useObserver(observer, options);
  return {
    data: result.data ?? null,
    error: result.error ?? result.failureReason,
    fresh: result.isFetchedAfterMount,
    reload: useCallback(() => void observer.refetch(), [observer]),
  };
}

/** Renders the component again whenever the observer has something new. */
export function useObserver<O, R>(observer: Observer<O, R>, options: O): R {
  const [, drawAgain] = useState({});
  observer.setOptions(options);
  useEffect(() => {
    const stop = observer.subscribe(() => drawAgain({}));
    // Nothing has reported changes between rendering and now.
    drawAgain({});
    return stop;
  }, [observer]);
  return observer.getCurrentResult();
}

interface Observer<O, R> {
  setOptions: (options: O) => void;
  getCurrentResult: () => R;
  subscribe: (listener: () => void) => () => void;
}

/** The time in milliseconds, updated every second while the page is visible. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Calls `listener` with every change of a call, as long as the component is shown. */
export function useCallChanges(listener: (call: Call) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => callFeed.subscribe((change) => latest.current(change)), []);
}

export function useFeedState(): FeedState {
  const [state, setState] = useState(callFeed.state);
  useEffect(() => {
    setState(callFeed.state);
    return callFeed.watch(setState);
  }, []);
  return state;
}

/** True while the window is too narrow for a table with all its columns; as in calls.css. */
export function useNarrow(): boolean {
  const [query] = useState(() => window.matchMedia('(max-width: 62rem)'));
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const onChange = (): void => setNarrow(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, [query]);
  return narrow;
}

/** Runs one action at a time and keeps what went wrong. */
export function useAction(): {
  busy: boolean;
  error: unknown;
  run: (action: () => Promise<void>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = (action: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    setError(null);
    action()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { busy, error, run };
}

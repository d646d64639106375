import {
  InfiniteQueryObserver,
  type InfiniteData,
  type InfiniteQueryObserverOptions,
} from '@tanstack/query-core';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import { queries } from '../api/queries.js';
import type { Call, Page } from '../api/types.js';
import { useCallChanges, useFeedState, useObserver } from '../hooks.js';
import { hasGap, withTold, type Told } from '../words/call-pages.js';
import { apiQuery, placeQuery, type Filters } from '../words/filters.js';

interface Pages {
  calls: readonly Call[];
  /** True: there are no more calls. */
  complete: boolean;
  error: unknown;
  more: () => void;
  /** The path under which the API has these calls, without a cursor. */
  path: string;
}

type CallPages = InfiniteData<Page<Call>, string | null>;

/** How long the reading of the first rows gets precedence over catching up. */
const CATCH_UP_AFTER_MS = 400;

/** The calls that fit, page by page. Changes of those shown, and new calls, appear by themselves. */
export function useCallPages(filters: Filters): Pages {
  // The last hours count from when they were chosen, so that the list does not begin anew all the time.
  const chosen = placeQuery(filters);
  const asked = useMemo(() => apiQuery(filters, Date.now()), [chosen]);
  const path = `api/v1/telephony/calls?${asked}`;
  const key = [path, 'pages'];
  const options = optionsOf(path, key);
  const [observer] = useState(() => new InfiniteQueryObserver(queries, options));
  const { data, error, failureReason, hasNextPage } = useObserver(observer, options);
  const more = useCallback((): void => {
    const result = observer.getCurrentResult();
    if (result.hasNextPage && !result.isFetching) void observer.fetchNextPage();
  }, [observer]);
  // Changes are kept beside the pages, because a page that is on its way is older than a change reported meanwhile.
  const [told, setTold] = useState<Told>(new Map());
  const tell = (...changes: Call[]): void =>
    setTold((before) => {
      const after = new Map(before);
      for (const change of changes) after.set(change.workflow_run_id, change);
      return after;
    });
  useCallChanges((change) => tell(change));
  // Nothing reports what came between the reading and the feed's beginning, or what a connection that
  // broke before its first event has missed.
  const feed = useFeedState();
  useEffect(() => {
    if (feed !== 'live') return undefined;
    let gone = false;
    const catchUp = async (): Promise<void> => {
      const read = await queries.fetchQuery<Page<Call>>({ queryKey: [path], gcTime: 0 });
      if (gone) return;
      const list = queries.getQueryData<CallPages>(key);
      if (list && hasGap(callsOf(list), read)) await queries.resetQueries({ queryKey: key });
      else tell(...read.data);
    };
    // This fails only for reasons that the list itself has met too.
    const timer = setTimeout(() => void catchUp().catch(() => undefined), CATCH_UP_AFTER_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [feed]);
  const calls = useMemo(
    () => (data ? withTold(callsOf(data), told, filters) : []),
    [data, told, asked],
  );
  return {
    calls,
    complete: data !== undefined && !hasNextPage,
    error: error ?? failureReason,
    more,
    path,
  };
}

function callsOf({ pages }: CallPages): Call[] {
  return pages.flatMap((page) => page.data);
}

function optionsOf(
  path: string,
  key: string[],
): InfiniteQueryObserverOptions<Page<Call>, Error, CallPages, string[], string | null> {
  return {
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      callApi('GET', pageParam === null ? path : `${path}&cursor=${pageParam}`, undefined, signal),
    initialPageParam: null,
    getNextPageParam: (page) => page.next_cursor,
    // The feed keeps the list current. Reading all of its pages again would take long.
    staleTime: Infinity,
    gcTime: 0,
    structuralSharing: false,
    meta: { followsFeed: true },
  };
}

import { InfiniteQueryObserver, type InfiniteData } from '@tanstack/query-core';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import { queries } from '../api/queries.js';
import type { List } from '../api/types.js';
import { useObserver } from '../hooks.js';

type Cursor = string | number | null;

interface Pages<T> {
  /** Null: nothing was read yet. */
  rows: readonly T[] | null;
  /** True: there are no more. */
  complete: boolean;
  error: unknown;
  more: () => void;
  reload: () => void;
}

/**
 * A list that grows page by page as it is read.
 * @param every after how long it is read again, in milliseconds; false: it is not
 */
export function usePages<T>(
  path: string,
  every: (rows: readonly T[]) => number | false = () => false,
): Pages<T> {
  const options = {
    queryKey: [path, 'page by page'],
    queryFn: ({ pageParam, signal }: { pageParam: Cursor; signal: AbortSignal }) => {
      const cursor = pageParam === null ? '' : `?cursor=${encodeURIComponent(pageParam)}`;
      return call<List<T>>('GET', `${path}${cursor}`, undefined, signal);
    },
    initialPageParam: null as Cursor,
    getNextPageParam: (page: List<T>): Cursor => page.next_cursor ?? null,
    refetchInterval: ({ state }: { state: { data?: InfiniteData<List<T>, Cursor> } }) =>
      every(rowsOf(state.data) ?? []),
  };
  const [observer] = useState(() => new InfiniteQueryObserver(queries, options));
  const result = useObserver(observer, options);
  const { data, error, failureReason, hasNextPage } = result;
  return {
    rows: useMemo(() => rowsOf(data), [data]),
    complete: data !== undefined && !hasNextPage,
    error: error ?? failureReason,
    more: useCallback(() => {
      const { hasNextPage: any, isFetching } = observer.getCurrentResult();
      if (any && !isFetching) void observer.fetchNextPage();
    }, [observer]),
    reload: useCallback(() => void observer.refetch(), [observer]),
  };
}

function rowsOf<T>(data: InfiniteData<List<T>, Cursor> | undefined): readonly T[] | null {
  return data?.pages.flatMap((page) => page.data) ?? null;
}

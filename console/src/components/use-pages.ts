import {
  InfiniteQueryObserver,
  type InfiniteData,
  type InfiniteQueryObserverOptions,
} from '@tanstack/query-core';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { call } from '../api/http.js';
import { queries } from '../api/queries.js';
import type { List } from '../api/types.js';
import { useObserver } from '../hooks.js';

type Cursor = string | number | null;
type Read<T> = InfiniteData<List<T>, Cursor>;
type Options<T> = InfiniteQueryObserverOptions<List<T>, Error, Read<T>, string[], Cursor>;

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
  const options = optionsOf(path, every);
  const [observer] = useState(() => new InfiniteQueryObserver(queries, options));
  const { data, error, failureReason, hasNextPage } = useObserver(observer, options);
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

function optionsOf<T>(path: string, every: (rows: readonly T[]) => number | false): Options<T> {
  return {
    queryKey: [path, 'page by page'],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `?cursor=${encodeURIComponent(pageParam)}`;
      return call('GET', `${path}${cursor}`, undefined, signal);
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: ({ state }) => every(rowsOf(state.data) ?? []),
  };
}

function rowsOf<T>(data: Read<T> | undefined): readonly T[] | null {
  return data?.pages.flatMap((page) => page.data) ?? null;
}

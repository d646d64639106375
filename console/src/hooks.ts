import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { callFeed, type FeedState } from './api/call-feed.js';
import { call } from './api/http.js';
import type { Call } from './api/types.js';

export interface Loaded<T> {
  data: T | null;
  error: unknown;
  /** What is shown stays until the new is there. */
  reload: () => void;
}

/** What `GET path` answers; asked again when the path changes. Null: nothing is asked. */
export function useLoad<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown }>({
    data: null,
    error: null,
  });
  const [round, setRound] = useState(0);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current !== path) setState({ data: null, error: null });
    shown.current = path;
    if (path === null) return undefined;
    const abort = new AbortController();
    call<T>('GET', path, undefined, abort.signal).then(
      (data) => setState({ data, error: null }),
      (error: unknown) => {
        if (!abort.signal.aborted) setState((before) => ({ ...before, error }));
      },
    );
    return () => abort.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload };
}

/** The time in milliseconds, anew every second while the page is looked at. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEvery(1000, () => setNow(Date.now()));
  return now;
}

/** Acts again and again while the page is looked at, and `active` says so. */
export function useEvery(milliseconds: number, act: () => void, active = true): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds, active]);
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

/** True while the window is as narrow as a phone. */
export function useNarrow(): boolean {
  const [query] = useState(() => window.matchMedia('(max-width: 46rem)'));
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

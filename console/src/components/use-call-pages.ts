import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import type { Call, Page } from '../api/types.js';
import { useCallChanges } from '../hooks.js';
import { apiQuery, matches, type Filters } from '../words/filters.js';

interface Pages {
  calls: readonly Call[];
  /** There are no more. */
  complete: boolean;
  error: unknown;
}

/** Where the reading of one list stands: known at once, while what is shown follows later. */
interface Reading {
  cursor: string | null;
  /** Whether a page is on its way, or none follows. */
  busy: boolean;
  abort: AbortController;
}

const NOTHING: Pages = { calls: [], complete: false, error: null };

/** The calls that fit, page by page; changes of those shown, and new ones, come by themselves. */
export function useCallPages(filters: Filters): Pages & { more: () => void } {
  const asked = apiQuery(filters);
  const [pages, setPages] = useState(NOTHING);
  const current = useRef<Reading | null>(null);
  const more = useCallback((): void => {
    const reading = current.current;
    if (reading && !reading.busy) void readPage(asked, reading, setPages);
  }, [asked]);
  useEffect(() => {
    const reading = { cursor: null, busy: false, abort: new AbortController() };
    current.current = reading;
    setPages(NOTHING);
    more();
    return () => reading.abort.abort();
  }, [more]);
  useCallChanges((change) =>
    setPages((before) => ({ ...before, calls: updated(before.calls, change, filters) })),
  );
  return { ...pages, more };
}

async function readPage(
  asked: string,
  reading: Reading,
  setPages: (change: (before: Pages) => Pages) => void,
): Promise<void> {
  reading.busy = true;
  const from = reading.cursor === null ? '' : `&cursor=${reading.cursor}`;
  try {
    const { signal } = reading.abort;
    const path = `api/v1/telephony/calls?${asked}${from}`;
    const page = await callApi<Page<Call>>('GET', path, undefined, signal);
    const complete = page.next_cursor === null;
    reading.cursor = page.next_cursor;
    reading.busy = complete;
    setPages((before) => ({ calls: [...before.calls, ...page.data], complete, error: null }));
  } catch (error) {
    reading.busy = false;
    if (!reading.abort.signal.aborted) setPages((before) => ({ ...before, error }));
  }
}

function updated(calls: readonly Call[], change: Call, filters: Filters): readonly Call[] {
  const index = calls.findIndex((call) => call.workflow_run_id === change.workflow_run_id);
  if (index >= 0) return calls.with(index, change);
  const newest = calls[0]?.workflow_run_id ?? 0;
  return change.workflow_run_id > newest && matches(change, filters) ? [change, ...calls] : calls;
}

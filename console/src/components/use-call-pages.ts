import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call as callApi } from '../api/http.js';
import type { Call, Page } from '../api/types.js';
import { useCallChanges, useFeedState } from '../hooks.js';
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

/** The first rows go first. */
const CATCH_UP_AFTER_MS = 400;
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
  const take = (change: Call): void =>
    setPages((before) => ({ ...before, calls: updated(before.calls, change, filters) }));
  useCallChanges(take);
  // What came between the reading and the feed's beginning is told by nobody; nor is what a line that
  // broke before its first event has missed.
  const feed = useFeedState();
  useEffect(() => {
    const reading = current.current;
    if (feed !== 'live' || !reading) return undefined;
    const path = `api/v1/telephony/calls?${asked}`;
    const catchUp = async (): Promise<void> => {
      const page = await callApi<Page<Call>>('GET', path, undefined, reading.abort.signal);
      for (const call of page.data.toReversed()) take(call);
    };
    // Where that fails the list is as good as it was, and the feed goes on.
    const timer = setTimeout(() => void catchUp().catch(() => undefined), CATCH_UP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [feed]);
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
    setPages((before) => ({ calls: joined(before.calls, page.data), complete, error: null }));
  } catch (error) {
    reading.busy = false;
    if (!reading.abort.signal.aborted) setPages((before) => ({ ...before, error }));
  }
}

/** What the feed has told meanwhile is newer than what was read. */
function joined(known: readonly Call[], read: readonly Call[]): readonly Call[] {
  const ids = new Set(known.map((call) => call.workflow_run_id));
  return [...known, ...read.filter((call) => !ids.has(call.workflow_run_id))];
}

function updated(calls: readonly Call[], change: Call, filters: Filters): readonly Call[] {
  const index = calls.findIndex((call) => call.workflow_run_id === change.workflow_run_id);
  if (index >= 0) return calls.with(index, change);
  const newest = calls[0]?.workflow_run_id ?? 0;
  return change.workflow_run_id > newest && matches(change, filters) ? [change, ...calls] : calls;
}

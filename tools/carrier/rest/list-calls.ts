import { restStatus } from '../calls/call-status.js';
import type { SimulatedCall } from '../calls/simulated-call.js';

/** The times of a call that a list may be filtered by. */
type TimeOf = (call: SimulatedCall) => Date | null;

/** A call that was never dialled has no start, so its creation is used (assumption). */
const TIMES: Record<string, TimeOf> = {
  StartTime: (call) => call.startedAt ?? call.createdAt,
  EndTime: (call) => call.endedAt,
};

function timeMatches(call: SimulatedCall, query: URLSearchParams): boolean {
  return Object.entries(TIMES).every(([name, timeOf]) => {
    const time = timeOf(call);
    const [day, after, before] = [query.get(name), query.get(`${name}>`), query.get(`${name}<`)];
    if (day === null && after === null && before === null) return true;
    if (time === null) return false;
    if (day !== null && time.toISOString().slice(0, 10) !== day.slice(0, 10)) return false;
    if (after !== null && time < startOf(after)) return false;
    return before === null || time <= endOf(before);
  });
}

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text);
const startOf = (text: string) => new Date(isDay(text) ? `${text}T00:00:00Z` : text);
const endOf = (text: string) => new Date(isDay(text) ? `${text}T23:59:59.999Z` : text);

/** A page of calls, newest first, in Twilio's list shape (`StartTime>=…` arrives as the name `StartTime>`). */
export function listCalls(
  calls: readonly SimulatedCall[],
  query: URLSearchParams,
  accountSid: string,
  asOf: Date,
  toJson: (call: SimulatedCall) => Record<string, unknown>,
): Record<string, unknown> {
  const statusAt = (call: SimulatedCall) =>
    restStatus(call.timeline.findLast(({ at }) => at <= asOf)?.status ?? 'queued');
  const matching = calls
    .filter((call) => call.createdAt <= asOf)
    .filter((call) => query.get('To') === null || call.to === query.get('To'))
    .filter(
      ({ plan }) =>
        query.get('ParentCallSid') === null || plan.parentSid === query.get('ParentCallSid'),
    )
    .filter((call) => query.get('From') === null || call.from === query.get('From'))
    .filter((call) => query.get('Status') === null || statusAt(call) === query.get('Status'))
    .filter((call) => timeMatches(call, query))
    .reverse();
  const path = `/2010-04-01/Accounts/${accountSid}/Calls.json`;
  return page('calls', matching.map(toJson), path, query);
}

/** Twilio's envelope around every list. */
export function page(
  name: string,
  items: readonly unknown[],
  path: string,
  query: URLSearchParams,
): Record<string, unknown> {
  const size = Math.min(1000, Math.max(1, Number(query.get('PageSize') ?? 50) || 50));
  const number = Math.max(0, Number(query.get('Page') ?? 0) || 0);
  const start = number * size;
  const shown = items.slice(start, start + size);
  const uri = (of: number) => {
    const other = new URLSearchParams(query);
    other.set('PageSize', String(size));
    other.set('Page', String(of));
    return `${path}?${other.toString()}`;
  };
  return {
    [name]: shown,
    first_page_uri: uri(0),
    end: start + Math.max(0, shown.length - 1),
    previous_page_uri: number > 0 ? uri(number - 1) : null,
    uri: uri(number),
    page_size: size,
    start,
    next_page_uri: start + size < items.length ? uri(number + 1) : null,
    page: number,
  };
}

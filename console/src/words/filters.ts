import { parseParty, partyKey } from '../../../src/shared/party.js';
import type { Call } from '../api/types.js';
import { m } from '../messages/first.js';
import { bareNumber } from './placement.js';

/** What the history is filtered by; empty: everything. Days are in the reader's time zone, `2026-11-23`. */
export interface Filters {
  status: string;
  /** One reason, or several separated by commas. */
  end_reason: string;
  direction: string;
  workflow_id: string;
  number: string;
  /** Words that were said. */
  q: string;
  from_day: string;
  to_day: string;
  /** Only the last so many hours. */
  hours: string;
}

const NAMES = [
  'status',
  'end_reason',
  'direction',
  'workflow_id',
  'number',
  'q',
  'from_day',
  'to_day',
  'hours',
] as const;
const PAGE = 100;
const HOUR_MS = 3_600_000;

export function filtersOf(query: URLSearchParams): Filters {
  const value = (name: string): string => query.get(name) ?? '';
  return {
    status: value('status'),
    end_reason: value('end_reason'),
    direction: value('direction'),
    workflow_id: value('workflow_id'),
    number: value('number'),
    q: value('q'),
    from_day: value('from_day'),
    to_day: value('to_day'),
    hours: value('hours'),
  };
}

/** Whether no filter is set. */
export function isEverything(filters: Filters): boolean {
  return NAMES.every((name) => filters[name] === '');
}

/** No filter is set. */
export const EVERYTHING = filtersOf(new URLSearchParams());

/** The query of the page's own address, so that a view can be bookmarked. */
export function placeQuery(filters: Filters): string {
  const query = new URLSearchParams(
    NAMES.filter((name) => filters[name] !== '').map((name) => [name, filters[name]]),
  );
  return query.size === 0 ? '' : `?${query}`;
}

/** The spans that can be chosen. */
export const SPANS: ReadonlyArray<[hours: string, text: string]> = [
  ['1', m.calls.theLastHour],
  ['24', m.calls.theLast24Hours],
  ['168', m.calls.theLast7Days],
];

/** Where a list begins that shows the last 24 hours. */
export const LATELY = '24';

/**
 * The query of `GET /api/v1/telephony/calls`.
 * @param now in milliseconds, from which the last hours count
 */
export function apiQuery(filters: Filters, now: number): string {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const name of ['status', 'end_reason', 'direction', 'workflow_id', 'q'] as const) {
    if (filters[name] !== '') query.set(name, filters[name]);
  }
  const number = bareNumber(filters.number);
  if (number !== '') query.set('number', number);
  const from = laterOf(startOf(filters.from_day, 0), beginOf(filters.hours, now));
  const until = startOf(filters.to_day, 1);
  if (from) query.set('from_time', from.toISOString());
  if (until) query.set('to_time', until.toISOString());
  return query.toString();
}

/** Whether a call that has just begun, on which nothing was said yet, belongs in the list. */
export function matches(call: Call, filters: Filters): boolean {
  const number = bareNumber(filters.number);
  const wanted = partyKey(parseParty(number));
  const until = startOf(filters.to_day, 1);
  return (
    filters.q === '' &&
    (filters.status === '' || call.status === filters.status) &&
    (filters.end_reason === '' || filters.end_reason.split(',').includes(call.end_reason ?? '')) &&
    (filters.direction === '' || call.direction === filters.direction) &&
    (filters.workflow_id === '' || String(call.workflow_id) === filters.workflow_id) &&
    (number === '' || [call.from, call.to].some((told) => partyKey(parseParty(told)) === wanted)) &&
    (until === null || Date.parse(call.created_at) < until.getTime())
  );
}

/** Whether the API can search for it. While a person types, it may be only the beginning of a number or address. */
export function isWholeParty(text: string): boolean {
  return /^(?:\+?\d{3,15}|(?:sips?|client|whatsapp|tel):\S+|[a-z]{3,30})$/i.test(bareNumber(text));
}

/** Null if the text is not a number of hours. */
function beginOf(hours: string, now: number): Date | null {
  return /^[1-9]\d{0,3}$/.test(hours) ? new Date(now - Number(hours) * HOUR_MS) : null;
}

function laterOf(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

/** The first moment of a day, or of a day some days later; null if the text is not a day. */
function startOf(day: string, later: number): Date | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!match) return null;
  const [, year, month, date] = match.map(Number);
  return new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later);
}

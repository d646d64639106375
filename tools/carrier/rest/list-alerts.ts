import type { Alert } from '../alerts.js';
import type { FormFields } from '../form-fields.js';
import { badRequest } from './twilio-error.js';

const KNOWN = new Set(['LogLevel', 'StartDate', 'EndDate', 'PageSize', 'Page', 'PageToken']);
const LEVELS = new Set(['error', 'warning', 'notice', 'debug']);
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/;
const DAYS_MAX = 30;
const DAY_MS = 86_400_000;
const INVALID_PARAMETER = 20_001;

/**
 * `GET /v1/Alerts` of monitor.twilio.com: newest first, in the envelope of
 * Twilio's newer APIs (https://www.twilio.com/docs/usage/monitor-alert).
 */
export function listAlerts(
  alerts: readonly Alert[],
  query: FormFields,
  { accountSid, baseUrl }: { accountSid: string; baseUrl: string },
): Record<string, unknown> {
  for (const [name] of query) {
    if (!KNOWN.has(name)) throw badRequest(INVALID_PARAMETER, `Unknown parameter ${name}`);
  }
  const get = (name: string) => query.find(([key]) => key === name)?.[1] ?? null;
  const level = get('LogLevel');
  if (level !== null && !LEVELS.has(level)) {
    throw badRequest(INVALID_PARAMETER, 'LogLevel must be error, warning, notice or debug');
  }
  const [from, to] = [dateOf(get('StartDate'), 'StartDate'), dateOf(get('EndDate'), 'EndDate')];
  const size = wholeNumber(get('PageSize'), 'PageSize', 50, 1, 1_000);
  const page = wholeNumber(get('Page'), 'Page', 0, 0, 100_000);
  const matching = alerts
    .filter((alert) => level === null || alert.level === level)
    .filter(({ at }) => (from === null || at >= from) && (to === null || at <= to))
    .reverse();
  const url = (of: number) => {
    const other = new URLSearchParams(
      query.map(([name, value]): [string, string] => [name, value]),
    );
    other.set('PageSize', String(size));
    other.set('Page', String(of));
    return `${baseUrl}/v1/Alerts?${other.toString()}`;
  };
  const start = page * size;
  return {
    alerts: matching.slice(start, start + size).map((alert) => alertJson(alert, accountSid)),
    meta: {
      key: 'alerts',
      page,
      page_size: size,
      first_page_url: url(0),
      previous_page_url: page > 0 ? url(page - 1) : null,
      url: url(page),
      next_page_url: start + size < matching.length ? url(page + 1) : null,
    },
  };
}

function alertJson(alert: Alert, accountSid: string): Record<string, unknown> {
  const at = alert.at.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    sid: null,
    account_sid: accountSid,
    resource_sid: alert.callSid,
    service_sid: null,
    error_code: String(alert.code),
    log_level: alert.level,
    alert_text: new URLSearchParams({ Msg: alert.message }).toString(),
    more_info: `https://www.twilio.com/docs/errors/${alert.code}`,
    api_version: null,
    request_method: null,
    request_url: null,
    date_created: at,
    date_generated: at,
    date_updated: at,
    url: null,
  };
}

function dateOf(text: string | null, name: string): Date | null {
  if (text === null) return null;
  const date = new Date(text);
  if (!DATE.test(text) || Number.isNaN(date.getTime())) {
    throw badRequest(INVALID_PARAMETER, `${name} must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ`);
  }
  if (Date.now() - date.getTime() > DAYS_MAX * DAY_MS) {
    throw badRequest(INVALID_PARAMETER, `${name} must not be older than ${DAYS_MAX} days`);
  }
  return date;
}

function wholeNumber(
  text: string | null,
  name: string,
  absent: number,
  low: number,
  high: number,
): number {
  if (text === null) return absent;
  const value = Number(text);
  if (!/^\d{1,6}$/.test(text) || value < low || value > high) {
    throw badRequest(INVALID_PARAMETER, `${name} must be a whole number from ${low} to ${high}`);
  }
  return value;
}

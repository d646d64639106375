import type { ExchangeCall } from './exchange-call.js';
import type { ExchangeOptions } from './exchange-options.js';

type Json = Readonly<Record<string, unknown>>;

const TEXT_FIELDS: Readonly<Record<string, RegExp>> = {
  from: /^[1-9]\d{6,14}$/,
  to: /^[1-9]\d{6,14}$/,
  answer_url: /^https:\/\//,
  ring_url: /^https:\/\//,
  hangup_url: /^https:\/\//,
  fallback_url: /^https:\/\//,
  machine_detection_url: /^https:\/\//,
  answer_method: /^(?:GET|POST)$/,
  ring_method: /^(?:GET|POST)$/,
  hangup_method: /^(?:GET|POST)$/,
  fallback_method: /^(?:GET|POST)$/,
  machine_detection_method: /^(?:GET|POST)$/,
  machine_detection: /^(?:true|hangup)$/,
};
const NUMBER_FIELDS: ReadonlySet<string> = new Set(['ring_timeout', 'time_limit']);

/** What is wrong with the parameters of a dial; null when nothing is. */
export function parameterFault(body: Json, { numbers }: ExchangeOptions): string | null {
  for (const name of ['from', 'to', 'answer_url', 'answer_method']) {
    if (body[name] === undefined) return `${name} is missing`;
  }
  for (const [name, value] of Object.entries(body)) {
    const form = TEXT_FIELDS[name];
    if (form) {
      if (typeof value !== 'string' || !form.test(value)) return `${name} is not valid`;
    } else if (!NUMBER_FIELDS.has(name)) {
      return `${name} is unknown`;
    } else if (!Number.isInteger(value) || (value as number) < 1) {
      return `${name} is not valid`;
    }
  }
  return numbers.includes(`+${String(body['from'])}`)
    ? null
    : 'from is not a number of the account';
}

/** Where a call is asked about and reported. What has no URL of its own is told at the answer URL. */
export function urlsIn(body: Json): ExchangeCall['urls'] {
  const answer = String(body['answer_url']);
  const of = (name: string): string => (typeof body[name] === 'string' ? body[name] : answer);
  const machine = body['machine_detection'] === undefined ? null : of('machine_detection_url');
  return { answer, ring: of('ring_url'), hangup: of('hangup_url'), machine };
}

import { types } from 'node:util';
import { maskPartiesIn } from './party.js';

/** Field names whose values are never written, whatever they hold. */
const SECRET_NAMES =
  /(?:token|secret|password|signature|authorization|cookie|api[_-]?key)s?$|^(?:key|digits?|audio|payload|body|from|to|caller|called|forwarded_?from|caller_?name|numbers?|context)$/i;

/**
 * Any long run of digits counts as a phone number in the messages of errors, which
 * quote bad values.
 */
const DIGITS_IN_ERROR = /(?<![\w.-])\d{7,15}(?![\w.-])/g;
const CREDENTIALS = /\b(Bearer|Basic) +[\w.~+/=-]{16,}/gi;
const URL_CREDENTIALS = /(:\/\/)[^\s/@:"']*:[^\s/@"']+@/g;
/**
 * Parameters of queries and forms, including `From` and similar ones, since a form
 * may be quoted as a whole.
 */
const PARAMETER =
  /((?:^|[?&])(?:token|secret|signature|api_?key|key|password|auth_?token|digits?|from|to|caller|called|forwardedfrom|callername)=)(?!\[)[^&\s"'<>]+/gi;
/** Names of headers and JSON members that are quoted in a text. */
const NAMED =
  /((?:x-twilio-signature|webhook-signature|authorization|x-api-key|(?:auth_?|stream_?)?token|secret|password|digits)["']?\s*[:=]\s*["']?)(?!\[|Bearer |Basic )[^\s"'&,;<>}]+/gi;
/**
 * The forms of keys of ours, Twilio and others; signatures (base64 of SHA-1 and
 * SHA-256); stream tokens; auth tokens.
 */
const KEY = /\b(?:pbk_|whsec_|sk-)[\w+/=-]{8,}/g;
const SIGNATURE = /(?<![\w+/=])(?:[A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43})=(?![\w+/=])/g;
const TOKEN = /(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])/g;
const AUTH_TOKEN = /(?<![\w-])[0-9a-f]{32}(?![\w-])/g;

/** Masks numbers and credentials in a text, so that it may be shown. */
export function maskText(text: string): string {
  return maskPartiesIn(text.replace(URL_CREDENTIALS, '$1[redacted]@'))
    .replace(CREDENTIALS, '$1 [redacted]')
    .replace(PARAMETER, '$1[redacted]')
    .replace(NAMED, '$1[redacted]')
    .replace(KEY, '[redacted]')
    .replace(SIGNATURE, '[redacted]')
    .replace(TOKEN, '[redacted]')
    .replace(AUTH_TOKEN, '[redacted]');
}

/** Checks by kind as well as by class: an error may come from another realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/**
 * The members are optional and of any type: libraries throw errors without a
 * message, or with one that is not a text.
 */
function redactError(error: {
  name: string;
  message: unknown;
  code?: unknown;
}): Record<string, unknown> {
  return {
    name: error.name,
    message: maskText(String(error.message)).replace(DIGITS_IN_ERROR, '[digits]'),
    // Where several addresses refused the connection, Node's error has a code and no message.
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
  };
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
  if (value === null || typeof value !== 'object') return value;
  if (isError(value)) return redactError(value);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      maskText(name),
      SECRET_NAMES.test(name) && item !== null && item !== undefined
        ? '[redacted]'
        : redactValue(item, depth - 1),
    ]),
  );
}

/**
 * A copy of `fields` that may be logged: values of fields with sensitive names are dropped,
 * parties' numbers and names and credentials inside texts are masked, errors become name,
 * message and code, bytes become their count, nesting beyond four levels is cut.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactValue(fields, 4) as Record<string, unknown>;
}

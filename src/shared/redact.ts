import { types } from 'node:util';

/** Field names whose values are never written, whatever they hold. */
const SECRET_NAMES =
  /(?:token|secret|password|signature|authorization|cookie|api[_-]?key)s?$|^(?:key|digits?|audio|payload|body|from|to|caller|called|numbers?|context)$/i;

// Only with its plus is a run of digits a number: carrier ids, times and ports have long runs too.
const PHONE_NUMBER = /(?:\+|%2B)\d{7,}/gi;
const CREDENTIALS = /\b(Bearer|Basic) +[\w.~+/=-]{16,}/gi;
const SECRET_PARAMETER = /([?&](?:token|secret|signature|api_?key|key)=)[^&\s"'<>]+/gi;

function maskText(text: string): string {
  return text
    .replace(PHONE_NUMBER, '[number]')
    .replace(CREDENTIALS, '$1 [redacted]')
    .replace(SECRET_PARAMETER, '$1[redacted]');
}

/** Told by kind as well as by class: an error may come from another realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Libraries leave their errors without a message, or with one that is no text. */
function redactError(error: {
  name: string;
  message: unknown;
  code?: unknown;
}): Record<string, unknown> {
  return {
    name: error.name,
    message: maskText(String(error.message)),
    // Where several addresses refused, Node's error has a code and no message.
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
 * A copy of `fields` that may be logged: values under telling names are
 * dropped, E.164 numbers and credentials inside texts are masked, errors become
 * name, message and code, bytes become their count, nesting beyond four levels
 * is cut.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactValue(fields, 4) as Record<string, unknown>;
}

/** Field names whose values are never written, whatever they hold. */
const SECRET_NAMES =
  /^(authorization|cookie|token|auth_?token|api_?key|key|secret|signature|x-twilio-signature|password|digits?|audio|payload|body|from|to|caller|called|number|context)$/i;

const PHONE_NUMBER = /\+?\d{7,15}(?!\d)/g;
const HEX_OR_CARRIER_ID = /\b[A-Z]{2}[0-9a-f]{32}\b/;

function maskText(text: string): string {
  // Carrier ids are long and hold digit runs; they are references, not personal data.
  if (HEX_OR_CARRIER_ID.test(text)) return text;
  return text.replace(PHONE_NUMBER, (match) => (match.startsWith('+') ? '[number]' : match));
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
  if (value instanceof Error) return { name: value.name, message: maskText(value.message) };
  if (value instanceof Date) return value.toISOString();
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAMES.test(name) && item !== null && item !== undefined
        ? '[redacted]'
        : redactValue(item, depth - 1),
    ]),
  );
}

/**
 * A copy of `fields` that may be logged: values under telling names are
 * dropped, E.164 numbers inside texts are masked, errors become name and
 * message, nesting beyond four levels is cut.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return redactValue(fields, 4) as Record<string, unknown>;
}

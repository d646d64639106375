/** What a spreadsheet may take for the beginning of a formula, also in full width or behind a space. */
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/;
/** A phone number or a figure: signs and digits alone, which no spreadsheet computes with. */
const HARMLESS = /^[+-]?\d+(\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * One line of a CSV file (RFC 4180), with its line break. Null is an empty cell, an object is JSON.
 * A text that a spreadsheet might run as a formula gets an apostrophe before it.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) && !HARMLESS.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

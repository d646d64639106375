/** The content of a control: text, `true` or `false` for a checkbox, or the rows of a list. */
export type OptionValue = string | boolean | OptionRows;

export type OptionValues = Readonly<Record<string, OptionValue>>;

export interface OptionRow {
  values: OptionValues;
  /** What has no control and stays as it is. */
  others: Readonly<Record<string, unknown>>;
}

export interface OptionRows {
  rows: readonly OptionRow[];
  others: Readonly<Record<string, unknown>>;
}

export const NO_ROWS: OptionRows = { rows: [], others: {} };

/** The rows of a list's control; none where it has another content. */
export function rowsIn(value: OptionValue | undefined): OptionRows {
  return typeof value === 'object' ? value : NO_ROWS;
}

/** Entries are separated by line breaks or commas. */
export function linesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);
}

export function objectOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

/** A text as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The content of a control of text; empty where it has another content. */
export function textIn(value: OptionValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export type Check = (value: unknown) => boolean;

/** What an object of a carrier's API may hold; a field that is not named here is refused. */
export interface Rule {
  required: Readonly<Record<string, Check>>;
  optional: Readonly<Record<string, Check>>;
}

export const text: Check = (value) =>
  typeof value === 'string' && value !== '' && value.length <= 4_000;

export const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);

export const within =
  (min: number, max: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

export const https: Check = (value) =>
  typeof value === 'string' && /^https:\/\/[^#\s]+$/.test(value);

/** The first field that is missing, wrong or unknown; null: none is. */
export function faultIn(
  { required, optional }: Rule,
  body: Readonly<Record<string, unknown>>,
): string | null {
  for (const [field, check] of Object.entries(required)) if (!check(body[field])) return field;
  for (const [field, value] of Object.entries(body)) {
    const check = required[field] ?? optional[field];
    if (!check || !check(value)) return field;
  }
  return null;
}

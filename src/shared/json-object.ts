export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value that was read as JSON is an object: no list, and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a text that should be one object. A text is what is wrong with it. */
export function readJsonObject(text: string): JsonObject | 'not JSON' | 'not an object' {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : 'not an object';
  } catch {
    return 'not JSON';
  }
}

/** The object that a text holds; null where it holds none. */
export function jsonObjectIn(text: string): JsonObject | null {
  const read = readJsonObject(text);
  return typeof read === 'string' ? null : read;
}

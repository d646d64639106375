/** The size of all facts of a call together, as JSON. */
const FACTS_MAX_BYTES = 16 * 1024;

export type Facts = Record<string, unknown>;

/**
 * The facts that are stored after `changes`, as plain JSON.
 * @throws Error when it is more than a call can hold, or is not JSON
 */
export function withFacts(stored: Readonly<Facts>, changes: Readonly<Facts>): Facts {
  const text = JSON.stringify({ ...stored, ...changes });
  if (Buffer.byteLength(text) > FACTS_MAX_BYTES) {
    throw new Error(`the facts of a call may hold ${FACTS_MAX_BYTES} bytes of JSON`);
  }
  return JSON.parse(text) as Facts;
}

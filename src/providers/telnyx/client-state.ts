/**
 * What we give Telnyx with a call, and get back with each of its events, because an event does not say
 * whether we placed the call or which transfer a person's call belongs to.
 */
export type ClientState =
  | { kind: 'placed' }
  | { kind: 'taken' }
  /** The person's call of a transfer. */
  | { kind: 'person'; call: string; transfer: number };

/** The longest id of a call that is read. */
export const ID_MAX = 200;

export function encodeState(state: ClientState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64');
}

/** Null for anything that we did not write. */
export function decodeState(text: unknown): ClientState | null {
  if (typeof text !== 'string' || text.length > 1_000) return null;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return null;
  }
  const { kind, call, transfer } = Object(value) as Record<string, unknown>;
  if (kind === 'placed' || kind === 'taken') return { kind };
  if (kind !== 'person' || !isId(call) || !Number.isInteger(transfer)) return null;
  return { kind, call, transfer: transfer as number };
}

/** Whether it can be one of Telnyx's ids, such as `v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg`. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= ID_MAX && /^[\w:.~=-]+$/.test(value);
}

import { HANDOVER_STATE_MAX_BYTES } from '../calls/streams/handover.js';
import type { AgentSession } from './agent.js';

export type Snapshot =
  /** As after a way through JSON: the session's own objects may change meanwhile. Null: begin anew. */
  | { kind: 'taken'; state: unknown }
  /** The agent begins anew. What it threw is not kept, because it may quote what was said. */
  | { kind: 'unusable'; reason: 'threw' | 'no-json' | 'too-large' };

/** What a session hands over. Never throws. */
export function snapshotOf(session: AgentSession): Snapshot {
  let text: string | undefined;
  try {
    const state = session.snapshot?.() ?? null;
    // An `async` method would be an empty object in JSON.
    if (typeof state === 'object' && state !== null && 'then' in state) {
      Promise.resolve(state).catch(() => undefined);
      return { kind: 'unusable', reason: 'no-json' };
    }
    text = textOf(state);
  } catch {
    return { kind: 'unusable', reason: 'threw' };
  }
  if (text === undefined) return { kind: 'unusable', reason: 'no-json' };
  if (Buffer.byteLength(text) > HANDOVER_STATE_MAX_BYTES) {
    return { kind: 'unusable', reason: 'too-large' };
  }
  return { kind: 'taken', state: JSON.parse(text) as unknown };
}

/** Undefined: it is not JSON. */
function textOf(state: unknown): string | undefined {
  try {
    return JSON.stringify(state);
  } catch {
    return undefined;
  }
}

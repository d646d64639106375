import type { Agent, AgentSession } from '../../agents/agent.js';
import { snapshotOf } from '../../agents/snapshot.js';
import { HANDOVER_VERSION, type Handover } from '../../calls/streams/handover.js';
import type { Speech } from './speech.js';

export interface LeavingParts {
  agent: Agent;
  /** Null: the agent has not answered. */
  session: AgentSession | null;
  /** What an earlier stream left for it; null: nothing. */
  left: Handover | null;
  speech: Speech;
  /** Whether the caller is in the midst of a turn. */
  turnIsOpen: boolean;
  /** The agent's state cannot be handed over: elsewhere it begins anew. */
  onNoSnapshot: (reason: string) => void;
}

/** What another process needs to go on with a conversation as it is at this moment. */
export function handoverOf(parts: LeavingParts): Handover {
  const { agent, session, left, speech, turnIsOpen, onNoSnapshot } = parts;
  const about = { agent: agent.name, version: HANDOVER_VERSION, turnIsOpen, ...speech.unheard() };
  if (!agent.resumes) return { ...about, state: null, tail: null, heardMs: 0, tailMs: 0 };
  if (!session) {
    // What it was left is still to be gone on from, with what it would have said itself.
    return left && speech.restDropped ? left : { ...about, state: left?.state ?? null };
  }
  const snapshot = snapshotOf(session);
  if (snapshot.kind === 'taken') return { ...about, state: snapshot.state };
  onNoSnapshot(snapshot.reason);
  return { ...about, state: null };
}

import type { Agent, Resumed } from '../../agents/agent.js';
import { HANDOVER_VERSION, type Arrival, type Handover } from '../../calls/streams/handover.js';

/** What an earlier stream left that the agent can go on from: nothing of another release's form, or of another agent. */
export function leftFor(agent: Agent, arrival: Arrival | null): Handover | null {
  const handover = arrival?.handover ?? null;
  if (!agent.resumes || handover?.version !== HANDOVER_VERSION) return null;
  return handover.agent === agent.name ? handover : null;
}

/** What the agent is told of an earlier stream; null for one that does not resume. */
export function resumedFor(
  agent: Agent,
  arrival: Arrival | null,
  dropTail: () => void,
): Resumed | null {
  if (!arrival || !agent.resumes) return null;
  const { reason, gapMs } = arrival;
  const left = leftFor(agent, arrival);
  if (!left) return { state: null, reason, gapMs, interrupted: null };
  const { state, tail, heardMs, tailMs } = left;
  return { state, reason, gapMs, interrupted: tail && { heardMs, tailMs, dropTail } };
}

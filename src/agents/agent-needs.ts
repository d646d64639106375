import type { AgentNeed } from './agent.js';

/** A need with its known members only; null: it has not their types, as no compiler has checked a plain agent. */
export function wellFormed(need: AgentNeed): AgentNeed | null {
  const { setting, required, met, purpose, steps } = Object(need) as Partial<AgentNeed>;
  const isKnown =
    typeof setting === 'string' &&
    typeof required === 'boolean' &&
    typeof met === 'boolean' &&
    typeof purpose === 'string' &&
    Array.isArray(steps) &&
    steps.every((step) => typeof step === 'string');
  return isKnown ? { setting, required, met, purpose, steps } : null;
}

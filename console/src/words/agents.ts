import type { Agent, AgentNeed, Workflow } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill, listText, plural } from '../messages/fill.js';
import { fieldsOf } from './options-form.js';
import type { StatusWords } from './statuses.js';

/** What is missing and to be set up: first that without which no call is answered. */
export function openNeeds({ needs }: Pick<Agent, 'needs'>): AgentNeed[] {
  return needs
    .filter(({ met }) => !met)
    .toSorted((a, b) => Number(b.required) - Number(a.required));
}

/** The settings without which the agent can answer no call. */
export function missingSettings({ needs }: Pick<Agent, 'needs'>): string[] {
  return needs.filter(({ met, required }) => required && !met).map(({ setting }) => setting);
}

/** Whether an agent can answer, as it is drawn. */
export function agentWords(agent: Pick<Agent, 'ready'>): StatusWords {
  return agent.ready
    ? { text: m.common.ready, tone: 'good', shape: '✓' }
    : { text: m.workflows.agentNotReady, tone: 'waiting', shape: '▲' };
}

/** Why the calls of a workflow cannot be answered now, as a sentence; null: they can, as far as is known. */
export function workflowTrouble(
  { agent: name }: Pick<Workflow, 'agent'>,
  agents: readonly Agent[],
): string | null {
  const agent = agents.find((one) => one.name === name);
  if (!agent) return fill(m.workflows.noCallIsAnsweredThere, { name });
  const missing = missingSettings(agent);
  if (missing.length === 0) return null;
  return plural(m.workflows.noCallIsAnsweredNot, missing.length, { settings: listText(missing) });
}

/** What a workflow of this agent must say, by the labels of the form. */
export function requiredOptions(agent: Pick<Agent, 'options_schema'>): string[] {
  return fieldsOf(agent.options_schema)
    .filter(({ required }) => required)
    .map(({ label }) => label);
}

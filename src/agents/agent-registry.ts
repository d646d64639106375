import { Ajv, type ValidateFunction } from 'ajv';
import type { Agent, AgentNeed, WorkflowMention } from './agent.js';
import { optionFaults, type OptionFault } from '../shared/schema-faults.js';
import { wellFormed } from './agent-needs.js';
import { faultOfSentence } from './option-faults.js';

/** More than any reply names. */
const FAULTS_MAX = 100;
const CLOSED: Agent['optionsSchema'] = { additionalProperties: false };

function descriptionOf(
  schema: Agent['optionsSchema'],
  option: string,
): { writeOnly?: boolean } | undefined {
  const properties = (schema['properties'] ?? {}) as Record<string, { writeOnly?: boolean }>;
  return Object.hasOwn(properties, option) ? properties[option] : undefined;
}

function entriesOf(
  options: Readonly<Record<string, unknown>>,
  which: (option: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([option]) => which(option)));
}

/** The agents that are plugged in, by name. */
export class AgentRegistry {
  private readonly agents = new Map<string, Agent>();
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv({
    allErrors: true,
    strict: true,
    // Says to people that a text is the name of a sound; whether there is one is for the agent to check.
    formats: { sound: true },
  });

  /** @throws Error as {@link register} does */
  constructor(agents: readonly Agent[]) {
    for (const agent of agents) this.register(agent);
  }

  /**
   * Plugs in one more agent, for calls from now on.
   * @throws Error when there is one of this name, or its schema is not one
   */
  register(agent: Agent): void {
    if (this.agents.has(agent.name)) throw new Error(`two agents are called "${agent.name}"`);
    this.validators.set(agent.name, this.ajv.compile(agent.optionsSchema));
    this.agents.set(agent.name, agent);
  }

  find(name: string): Agent | null {
    return this.agents.get(name) ?? null;
  }

  all(): Agent[] {
    return [...this.agents.values()];
  }

  /** What an agent that is plugged in needs. What one of `AGENTS_DIR` says in a wrong form, or with a throw, is left out. */
  needsOf(name: string): AgentNeed[] {
    try {
      return (this.agents.get(name)?.needs() ?? []).flatMap((need) => wellFormed(need) ?? []);
    } catch {
      return [];
    }
  }

  /**
   * Options as they may be shown: without the secret ones (`writeOnly` in the schema). What a schema
   * does not know may have been a secret of an earlier release, and of an agent that is not plugged
   * in any more nothing is known.
   */
  shownOf(name: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const schema = this.agents.get(name)?.optionsSchema ?? CLOSED;
    return entriesOf(options, (option) => {
      const described = descriptionOf(schema, option);
      return described ? described.writeOnly !== true : schema['additionalProperties'] !== false;
    });
  }

  secretsOf(name: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const schema = this.agents.get(name)?.optionsSchema ?? CLOSED;
    return entriesOf(options, (option) => descriptionOf(schema, option)?.writeOnly === true);
  }

  /** What is wrong with `options` of a user's workflow for this agent, in words; empty when nothing is. */
  async problemsWith(
    name: string,
    options: Record<string, unknown>,
    userId: number,
  ): Promise<string[]> {
    if (!this.find(name)) return [`there is no agent "${name}"`];
    const faults = await this.faultsIn(name, options, userId);
    return faults.map(({ option, message }) => `${option} ${message}`.trimStart());
  }

  /** To which workflows options lead; none where the agent is not plugged in. */
  leadsOf(name: string, options: Readonly<Record<string, unknown>>): WorkflowMention[] {
    return [...(this.find(name)?.workflowsIn(options) ?? [])];
  }

  /** Where `options`, in which nothing is wrong, name a transfer target that is none of `targets`. */
  unknownTargets(
    name: string,
    options: Readonly<Record<string, unknown>>,
    targets: readonly string[],
  ): Array<{ option: string; target: string }> {
    return Object.entries(this.find(name)?.targetsIn(options) ?? {})
      .filter(([, target]) => !targets.includes(target))
      .map(([option, target]) => ({ option, target }));
  }

  /** The same for an agent that is plugged in, by option. */
  async faultsIn(
    name: string,
    options: Record<string, unknown>,
    userId: number,
  ): Promise<OptionFault[]> {
    const [agent, validate] = [this.find(name), this.validators.get(name)];
    if (!agent || !validate) throw new Error(`there is no agent "${name}"`);
    if (!validate(options)) return optionFaults(validate.errors ?? []).slice(0, FAULTS_MAX);
    const sentences = await agent.problemsWith(options, userId);
    return sentences.map((sentence) => faultOfSentence(sentence, agent.optionsSchema));
  }
}

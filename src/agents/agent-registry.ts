import { Ajv, type ValidateFunction } from 'ajv';
import type { Agent } from './agent.js';

/** The agents that are plugged in, by name. */
export class AgentRegistry {
  private readonly agents = new Map<string, Agent>();
  private readonly validators = new Map<string, ValidateFunction>();

  /** @throws Error when two agents have one name, or a schema is not one. */
  constructor(agents: readonly Agent[]) {
    const ajv = new Ajv({ allErrors: true, strict: true });
    for (const agent of agents) {
      if (this.agents.has(agent.name)) throw new Error(`two agents are called "${agent.name}"`);
      this.agents.set(agent.name, agent);
      this.validators.set(agent.name, ajv.compile(agent.optionsSchema));
    }
  }

  find(name: string): Agent | null {
    return this.agents.get(name) ?? null;
  }

  all(): Agent[] {
    return [...this.agents.values()];
  }

  /** What is wrong with `options` for this agent, in words; empty when nothing is. */
  problemsWith(name: string, options: Record<string, unknown>): string[] {
    const validate = this.validators.get(name);
    if (!validate) return [`there is no agent "${name}"`];
    if (validate(options)) return [];
    return (validate.errors ?? []).map((error) => {
      const extra: unknown = error.params['additionalProperty'];
      const where = error.instancePath.replaceAll('/', '.').slice(1);
      const what = error.message ?? 'is not valid';
      return `${where ? `${where} ` : ''}${what}${typeof extra === 'string' ? ` (${extra})` : ''}`;
    });
  }
}

import { Ajv, type ValidateFunction } from 'ajv';
import type { Agent } from './agent.js';

/** The agents that are plugged in, by name. */
export class AgentRegistry {
  private readonly agents = new Map<string, Agent>();
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv({ allErrors: true, strict: true });

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

  /** Options as they may be shown: without the secret ones (`writeOnly` in the schema). */
  shownOf(name: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.pick(name, options, false);
  }

  secretsOf(name: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return this.pick(name, options, true);
  }

  /** What is wrong with `options` for this agent, in words; empty when nothing is. */
  async problemsWith(name: string, options: Record<string, unknown>): Promise<string[]> {
    const validate = this.validators.get(name);
    if (!validate) return [`there is no agent "${name}"`];
    if (validate(options)) return (await this.find(name)?.problemsWith(options)) ?? [];
    return (validate.errors ?? []).map((error) => {
      const extra: unknown = error.params['additionalProperty'];
      const where = error.instancePath.replaceAll('/', '.').slice(1);
      const what = error.message ?? 'is not valid';
      return `${where ? `${where} ` : ''}${what}${typeof extra === 'string' ? ` (${extra})` : ''}`;
    });
  }

  private pick(name: string, options: Readonly<Record<string, unknown>>, secret: boolean) {
    const properties = this.agents.get(name)?.optionsSchema['properties'] ?? {};
    const isSecret = (option: string): boolean => {
      const schema: unknown = (properties as Record<string, unknown>)[option];
      return typeof schema === 'object' && schema !== null && 'writeOnly' in schema;
    };
    return Object.fromEntries(
      Object.entries(options).filter(([option]) => isSecret(option) === secret),
    );
  }
}

import { Controller, Get, UseGuards } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';

@Controller('api/v1/agents')
@UseGuards(ApiKeyGuard)
export class AgentsController {
  constructor(private readonly agents: AgentRegistry) {}

  /** Lists the agents that are plugged in, each with the JSON schema of its options and with what it needs. */
  @Get()
  list() {
    return {
      data: this.agents.all().map(({ name, description, optionsSchema }) => {
        const needs = this.agents.needsOf(name);
        return {
          name,
          description,
          options_schema: optionsSchema,
          ready: needs.every(({ required, met }) => met || !required),
          needs,
        };
      }),
    };
  }
}

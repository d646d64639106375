import { Controller, Get, UseGuards } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';

@Controller('api/v1/agents')
@UseGuards(ApiKeyGuard)
export class AgentsController {
  constructor(private readonly agents: AgentRegistry) {}

  /** Lists the agents that are plugged in, each with the JSON schema of its options. */
  @Get()
  list() {
    return {
      data: this.agents.all().map((agent) => ({
        name: agent.name,
        description: agent.description,
        options_schema: agent.optionsSchema,
      })),
    };
  }
}

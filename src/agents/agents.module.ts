import { Module } from '@nestjs/common';
import type { Agent } from './agent.js';
import { AgentRegistry } from './agent-registry.js';
import { EchoAgent } from './echo/echo.agent.js';

/** The agents that are plugged in: a new one is a class and a line here. */
const AGENTS = [EchoAgent];

@Module({
  providers: [
    ...AGENTS,
    {
      provide: AgentRegistry,
      inject: AGENTS,
      useFactory: (...agents: Agent[]) => new AgentRegistry(agents),
    },
  ],
  exports: [AgentRegistry],
})
export class AgentsModule {}

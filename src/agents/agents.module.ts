import { Module } from '@nestjs/common';
import { AgentRegistry } from './agent-registry.js';
import { EchoAgent } from './echo/echo.agent.js';

/** The one list of agents: a new agent is a class and a line here. */
@Module({
  providers: [
    EchoAgent,
    {
      provide: AgentRegistry,
      inject: [EchoAgent],
      useFactory: (...agents: ConstructorParameters<typeof AgentRegistry>[0]) =>
        new AgentRegistry(agents),
    },
  ],
  exports: [AgentRegistry],
})
export class AgentsModule {}

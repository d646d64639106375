import { Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import type { Agent } from './agent.js';
import { AgentRegistry } from './agent-registry.js';
import { AnnounceAgent } from './announce/announce.agent.js';
import { EchoAgent } from './echo/echo.agent.js';
import { MenuAgent } from './menu/menu.agent.js';
import { OpenAiRealtimeAgent } from './openai-realtime/openai-realtime.agent.js';
import { OutsideAgents } from './outside/outside-agents.js';
import { PipelineAgent } from './pipeline/pipeline.agent.js';
import { RelayAgent } from './relay/relay.agent.js';
import { Sounds } from './sounds.js';
import { ToldMedia } from './told-media.js';
import { ToneAgent } from './tone/tone.agent.js';

/** The agents of the source: a new one is a class and a line here. Those of `AGENTS_DIR` come beside them. */
const AGENTS = [
  EchoAgent,
  ToneAgent,
  AnnounceAgent,
  MenuAgent,
  RelayAgent,
  OpenAiRealtimeAgent,
  PipelineAgent,
];

@Module({
  imports: [TenantsModule],
  providers: [
    Sounds,
    ToldMedia,
    OutsideAgents,
    ...AGENTS,
    {
      provide: AgentRegistry,
      inject: AGENTS,
      useFactory: (...agents: Agent[]) => new AgentRegistry(agents),
    },
  ],
  exports: [AgentRegistry, Sounds],
})
export class AgentsModule {}

import { AgentSettings } from '../../src/agents/agents.variables.js';
import { OpenAiSettings } from '../../src/agents/openai-realtime/openai-realtime.variables.js';
import { RelaySettings } from '../../src/agents/relay/relay.variables.js';
import { TranscriptionSettings } from '../../src/config/settings.js';
import { readEnvironment, type Environment } from '../../src/config/environment.js';
import { settingsOf } from '../../src/config/parse-sections.js';
import { SECTIONS } from '../../src/parse-settings.js';

/**
 * The environment without those settings of ours that are not about agents or transcripts: what
 * leads to a store, a carrier or a port is the tool's own.
 */
export function agentEnvironment(env: Environment = readEnvironment()): Environment {
  const agents = {
    agents: AgentSettings,
    openAi: OpenAiSettings,
    relay: RelaySettings,
    transcription: TranscriptionSettings,
  };
  const kept = new Set(settingsOf(agents).map(({ name }) => name));
  const dropped = settingsOf(SECTIONS).filter(({ name }) => !kept.has(name));
  const names = new Set(dropped.map(({ name }) => name));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)));
}

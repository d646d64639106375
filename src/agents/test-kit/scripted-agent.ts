import type { AudioFormat } from '../../audio/audio-format.js';
import { Agent, type AgentCall, type AgentSession } from '../agent.js';

/** An agent that does what a test says, for tests of everything around agents. */
export class ScriptedAgent extends Agent {
  readonly description = 'Does as a test says.';
  readonly optionsSchema: Readonly<Record<string, unknown>> = { type: 'object' };

  constructor(
    readonly name: string,
    readonly answer: (call: AgentCall) => AgentSession | Promise<AgentSession>,
    override readonly audioFormat: AudioFormat = 'mulaw_8000',
    override readonly resumes: boolean = false,
  ) {
    super();
  }
}

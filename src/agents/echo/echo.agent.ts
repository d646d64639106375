import { Agent, type AgentCall, type AgentSession } from '../agent.js';

/** The caller hears himself: the smallest agent, and the proof that audio flows both ways. */
export class EchoAgent extends Agent {
  readonly name = 'echo';
  readonly description = 'Sends back what it hears: the caller hears himself.';
  readonly optionsSchema = { type: 'object', properties: {}, additionalProperties: false };

  answer(call: AgentCall): AgentSession {
    return { onAudio: (audio) => call.sendAudio(audio) };
  }
}

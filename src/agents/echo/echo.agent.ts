import { Agent, type AgentCall, type AgentSession } from '../agent.js';

/** An echo that comes later than this is given up, so that what comes next is in time again. */
const LATE_MS = 3_000;

/** The caller hears himself: the smallest agent, and the proof that audio flows both ways. */
export class EchoAgent extends Agent {
  readonly name = 'echo';
  readonly description = 'Sends back what it hears: the caller hears himself.';
  readonly optionsSchema = { type: 'object', properties: {}, additionalProperties: false };
  override readonly worksInBackground = false;

  answer(call: AgentCall): AgentSession {
    let echo = call.speak();
    return {
      onAudio: (audio) => {
        // It is fed as fast as it is heard: what once piled up, as in a stall, would stay for good.
        if (echo.waitingMs > LATE_MS) call.interrupt();
        if (echo.interrupted) echo = call.speak();
        echo.write(audio);
      },
    };
  }
}

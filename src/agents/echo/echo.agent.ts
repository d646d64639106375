import { Agent, type AgentCall, type AgentSession } from '../agent.js';

/** An echo that would come later than this is dropped, so that the following audio is in time again. */
const LATE_MS = 3_000;

/** Callers hear themselves. This is the smallest agent, and the proof that audio flows in both directions. */
export class EchoAgent extends Agent {
  readonly name = 'echo';
  readonly description = 'Sends back what it hears, so callers hear themselves.';
  readonly optionsSchema = { type: 'object', properties: {}, additionalProperties: false };
  override readonly worksInBackground = false;

  answer(call: AgentCall): AgentSession {
    let echo = call.speak();
    return {
      onAudio: (audio) => {
        // Audio arrives as fast as it is heard, so audio that piled up once, as in a stall, would stay for good.
        if (echo.waitingMs > LATE_MS) call.interrupt();
        if (echo.interrupted) echo = call.speak();
        echo.write(audio);
      },
    };
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentCall, AgentSession } from '../../../src/agents/agent.js';
import { MULAW_FRAME_BYTES } from '../../../src/audio/mulaw.js';

const PROGRAM = new URL('./speaking-agent.js', import.meta.url);

export const AGENT_NAME = 'bench-ear';
/** The key that makes the agent silent. */
export const SILENCE_KEY = '#';
/** What the agent says when it is interrupted: a frame that nobody hears, by which phones know. */
export const GIVEN_UP = Buffer.alloc(MULAW_FRAME_BYTES, 0xfe);

/** Says a speech for each digit, and lets itself be interrupted. */
export class SpeakingAgent {
  private readonly speeches: Map<string, Buffer>;

  /** @param folder holds `DIGIT.ulaw` */
  constructor(folder: string, digits: string) {
    this.speeches = new Map(
      digits.split('').map((digit) => [digit, readFileSync(join(folder, `${digit}.ulaw`))]),
    );
  }

  answer(call: AgentCall): AgentSession {
    return {
      onAudio: () => undefined,
      onDtmf: (digit) => {
        const speech = this.speeches.get(digit);
        if (digit === SILENCE_KEY) call.interrupt();
        else if (speech) call.speak().write(speech);
      },
      onInterrupted: () => call.speak().write(GIVEN_UP),
    };
  }
}

/** Writes the agent into a folder for AGENTS_DIR. `sounds` holds its speeches. */
export function writeAgent(directory: string, sounds: string, digits: string): string {
  const folder = join(directory, 'agents');
  mkdirSync(folder);
  const made = `new SpeakingAgent(${JSON.stringify(sounds)}, ${JSON.stringify(digits)})`;
  writeFileSync(
    join(folder, `${AGENT_NAME}.agent.mjs`),
    `import { Agent } from 'patchbay/agent';
import { SpeakingAgent } from '${PROGRAM.href}';

const agent = ${made};

export default class extends Agent {
  name = '${AGENT_NAME}';
  description = 'Says what it is told to.';
  optionsSchema = { type: 'object', properties: {}, additionalProperties: false };

  answer(call) {
    return agent.answer(call);
  }
}
`,
  );
  return folder;
}

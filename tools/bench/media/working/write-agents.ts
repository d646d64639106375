import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIO_FORMATS, type AudioFormat } from '../../../../src/audio/audio-format.js';

const PROGRAM = new URL('./working-agent.js', import.meta.url);

export function agentName(format: AudioFormat): string {
  return `bench-${format.replace('_', '-')}`;
}

/**
 * Writes an agent for each format into a folder for AGENTS_DIR: agents from outside run in any build
 * of the service, so old and new ones are measured with the same.
 */
export function writeAgents(directory: string): string {
  const folder = join(directory, 'agents');
  mkdirSync(folder);
  for (const format of AUDIO_FORMATS) {
    writeFileSync(join(folder, `${agentName(format)}.agent.mjs`), sourceOf(format));
  }
  return folder;
}

function sourceOf(format: AudioFormat): string {
  return `import { Agent } from 'patchbay/agent';
import { WorkingAgent } from '${PROGRAM.href}';

const agent = new WorkingAgent('${format}');

export default class extends Agent {
  name = '${agentName(format)}';
  description = 'Talks and listens in turns.';
  optionsSchema = { type: 'object', properties: {}, additionalProperties: false };
  audioFormat = '${format}';

  answer(call) {
    return agent.answer(call);
  }
}
`;
}

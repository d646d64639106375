import { path } from '../config/kinds.js';
import { section } from '../config/section.js';
import { setting } from '../config/setting.js';

/** What all agents share. */
export class AgentSettings extends section('Agents', {
  agentsDir: setting('AGENTS_DIR', {
    kind: path,
    description:
      'A folder of agents of your own, as files *.agent.js or *.agent.mjs; see docs/agents.md. One that cannot be loaded stops the start.',
    absent: 'none',
    example: './agents',
  }),
  mediaDir: setting('MEDIA_DIR', {
    kind: path,
    default: './media',
    description: 'Directory of sounds that agents may play, by name.',
  }),
}) {}

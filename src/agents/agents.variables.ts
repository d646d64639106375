import { path } from '../config/kinds.js';
import { section } from '../config/section.js';
import { setting } from '../config/setting.js';

/** What all agents share. */
export class AgentSettings extends section('Agents', {
  mediaDir: setting('MEDIA_DIR', {
    kind: path,
    default: './media',
    description: 'Directory of sounds that agents may play, by name.',
  }),
}) {}

import { section } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import { hostList } from '../../config/url-kinds.js';

export class RelaySettings extends section('Agents', {
  /** In lower case. */
  allowedHosts: setting('AGENT_ALLOWED_HOSTS', {
    kind: hostList,
    default: [],
    description:
      'Hosts of bots to which the agent `relay` may connect although they are private or speak plain ws, such as a bot next door; comma-separated names or addresses.',
    example: 'bot.internal,127.0.0.1',
  }),
}) {}

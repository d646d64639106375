import { secret } from '../../config/kinds.js';
import { section } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import { apiBaseUrl } from '../../config/url-kinds.js';

export class OpenAiSettings extends section('Agents', {
  apiKey: setting('OPENAI_API_KEY', {
    kind: secret(1),
    description:
      'The key of the agent `openai-realtime`; sent to OPENAI_BASE_URL and nowhere else.',
    absent: 'that agent cannot be used',
  }),
  /** No trailing slash. */
  baseUrl: setting('OPENAI_BASE_URL', {
    kind: apiBaseUrl,
    default: 'https://api.openai.com/v1',
    description: 'Where the Realtime API is; http only to loopback.',
  }),
}) {}

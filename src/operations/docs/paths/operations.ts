import { END_REASONS } from '../../../calls/ledger/call-event.js';
import {
  behindKey,
  body,
  nothing,
  pathId,
  problems,
  query,
  ref,
  reply,
  type Json,
  type Paths,
} from '../describe.js';
import {
  alert,
  check,
  diagnosis,
  liveCall,
  outcome,
  ready,
  refusal,
  session,
} from '../examples.js';

const ADMINISTRATOR = 'User 1 only; to anybody else the route does not exist.';
const OPEN: Json[] = [];
const METRICS = `# HELP patchbay_streams_open Media streams that carry a call at this moment.
# TYPE patchbay_streams_open gauge
patchbay_streams_open 3
`;
const page = (description: string, type = 'text/html', example?: string): Json => ({
  description,
  content: {
    [type]: { schema: { type: 'string' }, ...(example === undefined ? {} : { example }) },
  },
});
const nameIn = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

/** The operations for operators. */
export const operationsPaths: Paths = {
  '/api/v1/telephony/diagnostics': {
    get: {
      tags: ['Operations'],
      operationId: 'diagnose',
      summary: 'The doctor’s quick checks',
      description: ADMINISTRATOR,
      parameters: [
        query('max_age_seconds', {
          type: 'integer',
          minimum: 0,
          maximum: 300,
          default: 0,
          description: 'A result that is not older is good enough; 0: only a new one is.',
        }),
      ],
      responses: {
        ...behindKey(),
        200: reply('What was seen.', ref('Diagnosis'), diagnosis),
        ...problems('invalid_request', 'not_found'),
      },
    },
    post: {
      tags: ['Operations'],
      operationId: 'diagnoseFully',
      summary: 'All of the doctor’s checks, with progress',
      description: `Server-sent events: \`check\` with \`state\` \`started\`, \`progress\` (a \`note\`) or \`finished\` (a Check), then \`done\` with a Diagnosis. A client that goes away ends the run. ${ADMINISTRATOR}`,
      parameters: [
        query('idle_seconds', {
          type: 'integer',
          minimum: 1,
          maximum: 300,
          default: 75,
          description: 'How long a silent WebSocket is held.',
        }),
      ],
      responses: {
        ...behindKey(),
        200: {
          description: 'Until `done`.',
          content: {
            'text/event-stream': {
              schema: { type: 'string' },
              example: `event: check\ndata: ${JSON.stringify({ ...check, state: 'finished' })}\n\nevent: done\ndata: ${JSON.stringify(diagnosis)}\n\n`,
            },
          },
        },
        ...problems('invalid_request', 'not_found', 'conflict'),
      },
    },
  },
  '/api/v1/telephony/diagnostics/repairs/numbers': {
    post: {
      tags: ['Operations'],
      operationId: 'repairNumbers',
      summary: 'Set our URLs at the carrier for claimed numbers that have others',
      description: `One run at a time. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('What was done.', ref('Repairs'), {
          data: [{ number_ends_with: '43', was: 'leads-elsewhere', repaired: true, reason: null }],
        }),
        ...problems(
          'not_found',
          'conflict',
          'no_public_url',
          'provider_not_configured',
          'store_unavailable',
          'provider_unavailable',
        ),
      },
    },
  },
  '/api/v1/alerts': {
    get: {
      tags: ['Operations'],
      operationId: 'alerts',
      summary: 'Messages to people: what is set, what they were told is down, the latest messages',
      description: `At most 50 messages, newest first. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('Told.', ref('Alerts'), {
          enabled: true,
          every_seconds: 60,
          quiet_seconds: 900,
          channels: [{ channel: 'webhook', to: 'chat.example.com' }],
          down: [{ check: 'tls', since: alert.created_at }],
          standings: [
            {
              check: 'tls',
              told: true,
              since: alert.created_at,
              quiet_until: '2026-11-01T12:15:00.000Z',
            },
          ],
          messages: [alert],
        }),
        ...problems('not_found'),
      },
    },
  },
  '/api/v1/alerts/test': {
    post: {
      tags: ['Operations'],
      operationId: 'testAlerts',
      summary: 'Send a test message by every channel',
      description: `Answers when it is known what became of it. One at a time; a conflict also where no channel is set. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('What became of it.', ref('Alert'), { ...alert, kind: 'test', checks: [] }),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/health/live': {
    get: {
      tags: ['Operations'],
      operationId: 'live',
      summary: 'The process runs',
      security: OPEN,
      responses: { 200: reply('It does.', ref('Live'), { status: 'up' }) },
    },
  },
  '/health/ready': {
    get: {
      tags: ['Operations'],
      operationId: 'ready',
      summary:
        'Whether calls can be taken: the store is up and migrated, and the service is not draining',
      security: OPEN,
      responses: {
        200: reply('Ready.', ref('Ready'), ready),
        503: reply('Not ready; `reasons` says why.', ref('Ready'), {
          ...ready,
          status: 'down',
          reasons: ['draining: this instance is stopping; open streams: 3'],
          draining: true,
        }),
      },
    },
  },
  '/metrics': {
    get: {
      tags: ['Operations'],
      operationId: 'metrics',
      summary: 'Metrics for Prometheus',
      description: `Without a key on \`OPERATIONS_PORT\`. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: page('Text format 0.0.4.', 'text/plain', METRICS),
        ...problems('not_found'),
      },
    },
  },
  '/docs': {
    get: {
      tags: ['Operations'],
      operationId: 'docsPage',
      summary: 'This description, to read and to try',
      security: OPEN,
      responses: { 200: page('The page.'), ...problems('not_found') },
    },
  },
  '/docs/openapi.json': {
    get: {
      tags: ['Operations'],
      operationId: 'openapi',
      summary: 'This description, for programs',
      security: OPEN,
      responses: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': {} } } },
    },
  },
  '/docs/asyncapi.yaml': {
    get: {
      tags: ['Operations'],
      operationId: 'asyncapi',
      summary: 'The streams: media, feed, deliveries, phone',
      security: OPEN,
      responses: { 200: page('AsyncAPI 3.0.', 'application/yaml') },
    },
  },
  '/docs/assets/{name}': {
    parameters: [nameIn('name')],
    get: {
      tags: ['Operations'],
      operationId: 'docsAsset',
      summary: 'The assets of the page',
      security: OPEN,
      responses: { 200: nothing('A script or style.'), ...problems('not_found') },
    },
  },
};

/** The requests of the console's page beyond the API. They are not a promise to anybody else. */
export const consolePaths: Paths = {
  '/console/api/session': {
    get: {
      tags: ['Console'],
      operationId: 'whoAmI',
      summary: 'Who is signed in',
      responses: { ...behindKey(), 200: reply('You are.', ref('Session'), session) },
    },
    post: {
      tags: ['Console'],
      operationId: 'signIn',
      summary: 'Sign in by key or by the link of the start',
      description:
        'Only from a page of the console. Sets the cookie `patchbay_session` (over https `__Host-patchbay_session`), valid for twelve hours. After ten failures a minute from one address a failure is a 429; a right key always passes. At most 8 KiB.',
      security: OPEN,
      requestBody: body(ref('SignIn'), { key: 'pbk_…' }),
      responses: {
        200: reply('Signed in.', ref('Session'), session),
        ...problems(
          'invalid_request',
          'unauthorized',
          'forbidden',
          'payload_too_large',
          'rate_limited',
          'store_unavailable',
        ),
      },
    },
    delete: {
      tags: ['Console'],
      operationId: 'signOut',
      summary: 'Sign out',
      security: OPEN,
      responses: {
        204: nothing('The browser is signed out.'),
        ...problems('forbidden', 'store_unavailable'),
      },
    },
  },
  '/console/api/live': {
    get: {
      tags: ['Console'],
      operationId: 'liveCalls',
      summary: 'Calls that are not over, each with its live stream; 500 at most',
      responses: {
        ...behindKey(),
        200: reply('Newest first.', ref('LiveCalls'), { data: [liveCall] }),
      },
    },
  },
  '/console/api/outcomes': {
    get: {
      tags: ['Console'],
      operationId: 'callOutcomes',
      summary: 'How many calls ended for these reasons lately, by cause',
      description: 'The latest 1,000 calls that fit are counted.',
      parameters: [
        {
          ...query('end_reason', {
            type: 'array',
            items: { enum: END_REASONS },
            description: 'Any of these, separated by commas.',
          }),
          required: true,
          style: 'form',
          explode: false,
        },
        query('hours', {
          type: 'integer',
          minimum: 1,
          maximum: 168,
          default: 24,
          description: 'How far to look back.',
        }),
      ],
      responses: {
        ...behindKey(),
        200: reply('Most frequent first.', ref('CallOutcomes'), {
          data: [outcome],
          complete: true,
        }),
        ...problems('invalid_request'),
      },
    },
  },
  '/console/api/calls/{workflow_run_id}/refusals': {
    parameters: [pathId('workflow_run_id', 'The call.')],
    get: {
      tags: ['Console'],
      operationId: 'callRefusals',
      summary: 'Refused requests about a call',
      responses: {
        ...behindKey(),
        200: reply('Oldest first.', ref('CallRefusals'), { data: [refusal] }),
        ...problems('not_found'),
      },
    },
  },
  '/console/api/phone': {
    get: {
      tags: ['Console'],
      operationId: 'phone',
      summary: 'Whether there is a phone in the browser',
      responses: { ...behindKey(), 200: reply('Told.', ref('PhoneOffer'), { available: true }) },
    },
  },
  '/console/assets/{name}': {
    parameters: [nameIn('name')],
    get: {
      tags: ['Console'],
      operationId: 'consoleAsset',
      summary: 'The assets of the console',
      security: OPEN,
      responses: { 200: nothing('A script, style or font.'), ...problems('not_found') },
    },
  },
  '/': {
    get: {
      tags: ['Console'],
      operationId: 'bareAddress',
      summary: 'A redirect to the console',
      security: OPEN,
      responses: { 302: nothing('To `console/`.') },
    },
  },
  '/console': {
    get: {
      tags: ['Console'],
      operationId: 'consoleRoot',
      summary: 'The console',
      security: OPEN,
      responses: { 308: nothing('To `/console/`.') },
    },
  },
  '/console/{path}': {
    parameters: [nameIn('path')],
    get: {
      tags: ['Console'],
      operationId: 'consolePage',
      summary: 'A page of the console',
      security: OPEN,
      responses: { 200: page('The page, whichever it is.'), ...problems('not_found') },
    },
  },
};

import type { Json } from './describe.js';
import { accountPaths } from './paths/accounts.js';
import { callPaths } from './paths/calls.js';
import { carrierPaths } from './paths/carrier.js';
import { consolePaths, operationsPaths } from './paths/operations.js';
import { setUpPaths } from './paths/set-up.js';
import { soundPaths } from './paths/sounds.js';
import { SCHEMAS } from './schemas.js';

const DESCRIPTION = `A gateway between the telephone network and voice agents.

Fields are snake_case; unknown fields are an error. A body is a JSON object of at most 256 KiB, 100 members,
10,000 values in all and 64 levels, without a member given twice. Times are UTC, in ISO 8601. What belongs to another user
is answered as if it did not exist. Errors are RFC 9457 problem documents with a stable \`code\`.
\`API_REQUESTS_PER_MINUTE\` requests are served for each key in a minute.

The streams (media, feed, deliveries, the phone in the browser) are described in
[asyncapi.yaml](asyncapi.yaml).`;

/**
 * The HTTP interface as an OpenAPI 3.1 document. Specs compare it with the routes, the classes that
 * validate bodies, and real replies.
 * @param version of the service
 */
export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Patchbay',
      version,
      summary: 'Phone calls for voice agents',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // The address is relative to this document, so it is right under any path prefix.
    servers: [{ url: '..' }],
    security: [{ apiKey: [] }, { session: [] }],
    tags: [
      { name: 'Calls', description: 'Place, see, follow and end them.' },
      { name: 'Workflows', description: 'Which agent answers, and how.' },
      { name: 'Sounds', description: 'Your own, for agents that play some.' },
      { name: 'Accounts', description: 'Carriers, and the accounts at them.' },
      { name: 'Phone numbers', description: 'Which workflow answers which number.' },
      {
        name: 'Events',
        description: 'The addresses of your own services that are told about calls.',
      },
      { name: 'Users', description: 'Users, keys and the audit log.' },
      { name: 'Operations', description: 'Health, metrics, the doctor.' },
      { name: 'Carriers', description: 'Called only by carriers, with signed requests.' },
      { name: 'Console', description: 'For the console’s page; may change at any time.' },
    ],
    paths: {
      ...callPaths,
      ...setUpPaths,
      ...soundPaths,
      ...accountPaths,
      ...operationsPaths,
      ...carrierPaths,
      ...consolePaths,
    },
    components: {
      schemas: SCHEMAS,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `pbk_…`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'patchbay_session',
          description:
            'A browser that has signed in to the console; for pages of ours only. Over https the name is `__Host-patchbay_session`.',
        },
        carrierSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Signature',
          description:
            'The signature of the account’s carrier, in the header and the form that this carrier has.',
        },
        twilioSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Twilio-Signature',
          description:
            'Base64 of HMAC-SHA1 with the account’s auth token, over the public URL and the sorted form fields.',
        },
      },
    },
  };
}

import {
  behindKey,
  body,
  nothing,
  problems,
  ref,
  reply,
  type Json,
  type Paths,
} from '../describe.js';
import { AT } from '../examples.js';

const ADMINISTRATOR = 'User 1 only; to anybody else the route does not exist.';
const SID = 'AC0123456789abcdef0123456789abcdef';
const SETTINGS = { account_sid: SID, from_numbers: ['+442079460000'] };

const account = {
  key: 'twilio-uk',
  provider: 'twilio',
  name: 'Support, United Kingdom',
  source: 'store',
  settings: SETTINGS,
  secrets_set: ['auth_token'],
  calls_per_second: 5,
  max_concurrent_calls: null,
  enabled: true,
  state: 'ready',
  problem: null,
  simulated: false,
  created_at: AT,
  updated_at: AT,
};

const KEY: Json = {
  name: 'key',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The account’s key.',
};

/** Carriers, and accounts at them. */
export const accountPaths: Paths = {
  '/api/v1/carriers': {
    get: {
      tags: ['Accounts'],
      operationId: 'listCarriers',
      summary: 'The carriers plugged in, with the schemas of their accounts',
      responses: {
        ...behindKey(),
        200: reply('All of them.', ref('Carriers'), {
          data: [
            {
              provider: 'asterisk',
              name: 'Asterisk',
              family: 'asterisk',
              capabilities: { look_up: 'alive', needs_public_url: false, resumes: 'rest' },
              settings_schema: { type: 'object', properties: {} },
              secrets_schema: { type: 'object', properties: {} },
              calls_per_second: 10,
              tried: 'real peer',
            },
          ],
        }),
      },
    },
  },
  '/api/v1/carrier-accounts': {
    get: {
      tags: ['Accounts'],
      operationId: 'listCarrierAccounts',
      summary: 'The accounts at carriers',
      description: `Those of the environment too, which are read-only. The first that is enabled dials where a request names none. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('All of them.', ref('CarrierAccounts'), { data: [account] }),
        ...problems('not_found'),
      },
    },
    post: {
      tags: ['Accounts'],
      operationId: 'createCarrierAccount',
      summary: 'Make an account',
      description: `Takes calls at once, at every instance within seconds. Secrets are encrypted with \`CREDENTIALS_KEY\`; without one: 409. There may be 100. ${ADMINISTRATOR}`,
      requestBody: body(ref('CreateCarrierAccount'), {
        key: account.key,
        provider: account.provider,
        name: account.name,
        settings: SETTINGS,
        secrets: { auth_token: '…' },
        calls_per_second: 5,
      }),
      responses: {
        ...behindKey(),
        201: reply('Made.', ref('CarrierAccount'), account),
        ...problems(
          'invalid_request',
          'not_found',
          'conflict',
          'limit_reached',
          'payload_too_large',
        ),
      },
    },
  },
  '/api/v1/carrier-accounts/{key}': {
    parameters: [KEY],
    get: {
      tags: ['Accounts'],
      operationId: 'getCarrierAccount',
      summary: 'One account',
      description: ADMINISTRATOR,
      responses: {
        ...behindKey(),
        200: reply('The account, without its secrets.', ref('CarrierAccount'), account),
        ...problems('not_found'),
      },
    },
    patch: {
      tags: ['Accounts'],
      operationId: 'updateCarrierAccount',
      summary: 'Change an account',
      description: `Absent fields stay; \`settings\` replaces all of them, \`secrets\` those that are named. Live calls go on. An account of the environment, and a change to another account of the carrier: 409. ${ADMINISTRATOR}`,
      requestBody: body(ref('UpdateCarrierAccount'), { enabled: false }),
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('CarrierAccount'), {
          ...account,
          enabled: false,
          state: 'disabled',
        }),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
    delete: {
      tags: ['Accounts'],
      operationId: 'deleteCarrierAccount',
      summary: 'Delete an account',
      description: `409 while a number of it is claimed or a call of it is in progress. Past calls keep its key. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        204: nothing('Deleted.'),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/carrier-accounts/{key}/test': {
    parameters: [KEY],
    post: {
      tags: ['Accounts'],
      operationId: 'testCarrierAccount',
      summary: 'Say what works with an account’s credentials',
      description: `Asks the carrier, rings no telephone and changes nothing. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('What was seen.', ref('AccountTest'), {
          works: false,
          findings: [
            {
              name: 'credentials',
              result: 'fails',
              seen: 'The carrier refuses the credentials (HTTP 401, code 20003).',
              fix: 'Copy account SID and auth token from the carrier’s console into the account.',
            },
          ],
        }),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/carrier-accounts/{key}/numbers': {
    parameters: [KEY],
    get: {
      tags: ['Accounts'],
      operationId: 'listAccountNumbers',
      summary: 'The numbers of an account',
      description: `What it owns at the carrier, where the carrier tells, and what is set or claimed here. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        200: reply('All of them.', ref('AccountNumbers'), {
          data: [{ number: '+442079460000', owned: true, may_call: true, workflow_id: 123 }],
        }),
        ...problems('not_found', 'conflict', 'provider_unavailable'),
      },
    },
  },
};

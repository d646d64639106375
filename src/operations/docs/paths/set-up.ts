import {
  LIMIT,
  behindKey,
  body,
  nothing,
  pathId,
  problems,
  query,
  ref,
  reply,
  type Paths,
} from '../describe.js';
import {
  audit,
  claimed,
  delivery,
  endpoint,
  number,
  settings,
  testedEndpoint,
  user,
  version,
  workflow,
} from '../examples.js';

const CURSOR = '`next_cursor` of the page before.';
const PAGE = [
  LIMIT,
  query('cursor', {
    type: 'integer',
    minimum: 1,
    description: CURSOR,
  }),
];
/** The page length of lists of what is set up: usually all of it. */
const SET_UP_LIMIT = query('limit', {
  type: 'integer',
  minimum: 1,
  maximum: 500,
  default: 500,
  description: 'How many at most.',
});
const SET_UP_PAGE = [SET_UP_LIMIT, ...PAGE.slice(1)];
const ADMINISTRATOR = 'User 1 only; to anybody else the route does not exist.';
const NUMBER_ACCOUNT = query('account', {
  type: 'string',
  maxLength: 40,
  description: 'Which account’s, where several have the number; 409 names them.',
});
const WORKFLOW = {
  name: workflow.name,
  agent: workflow.agent,
  agent_options: workflow.agent_options,
};

/** Workflows, numbers, users and webhook endpoints. */
export const setUpPaths: Paths = {
  '/api/v1/instances': {
    get: {
      tags: ['Operations'],
      operationId: 'listInstances',
      summary: 'The living instances that share the store',
      description: `As the one that answers saw them at most two seconds ago. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        ...problems('not_found'),
        200: reply('All of them.', ref('Instances'), {
          data: [
            {
              instance_id: '0f0a4a5e-6f0e-4d3c-9d1c-0d9c2f4b7a11',
              name: 'api-1',
              version: '0.3.0',
              state: 'ready',
              live_calls: 12,
              capacity: 500,
              started_at: '2026-11-24T10:00:00.000Z',
              clock_offset_ms: 3,
              lease_age_ms: 1_200,
              this_one: true,
            },
          ],
        }),
      },
    },
  },
  '/api/v1/settings': {
    get: {
      tags: ['Operations'],
      operationId: 'listSettings',
      summary: 'The release, and the settings in force',
      description: `As the instance that answers was started with them. Of a secret it is told only whether it is set. ${ADMINISTRATOR}`,
      responses: {
        ...behindKey(),
        ...problems('not_found'),
        200: reply('All of them, as in `.env.example`.', ref('Settings'), settings),
      },
    },
  },
  '/api/v1/agents': {
    get: {
      tags: ['Workflows'],
      operationId: 'listAgents',
      summary: 'The agents plugged in, with the schema of their options',
      responses: {
        ...behindKey(),
        200: reply('All of them.', ref('Agents'), {
          data: [
            {
              name: 'echo',
              description: 'Sends back what it hears, so callers hear themselves.',
              options_schema: {},
              ready: true,
              needs: [],
            },
          ],
        }),
      },
    },
  },
  '/api/v1/workflows': {
    get: {
      tags: ['Workflows'],
      operationId: 'listWorkflows',
      summary: 'Your workflows',
      description: 'A page also ends when its options reach a megabyte.',
      parameters: SET_UP_PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page, by id.', ref('Workflows'), { data: [workflow], next_cursor: null }),
        ...problems('invalid_request'),
      },
    },
    post: {
      tags: ['Workflows'],
      operationId: 'createWorkflow',
      summary: 'Make a workflow',
      description: 'A user may have 500.',
      requestBody: body(ref('CreateWorkflow'), { ...WORKFLOW, barge_in: true }),
      responses: {
        ...behindKey(),
        201: reply('Made.', ref('Workflow'), workflow),
        ...problems('invalid_request', 'limit_reached', 'payload_too_large'),
      },
    },
  },
  '/api/v1/workflows/{workflow_id}': {
    parameters: [pathId('workflow_id', 'The workflow.')],
    get: {
      tags: ['Workflows'],
      operationId: 'getWorkflow',
      summary: 'One workflow',
      responses: {
        ...behindKey(),
        200: reply('The workflow.', ref('Workflow'), workflow),
        ...problems('not_found'),
      },
    },
    patch: {
      tags: ['Workflows'],
      operationId: 'updateWorkflow',
      summary: 'Change a workflow',
      description: 'Absent fields stay unchanged. Calls that have begun keep their agent.',
      requestBody: body(ref('UpdateWorkflow'), { on_failure: workflow.on_failure }),
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('Workflow'), workflow),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
    delete: {
      tags: ['Workflows'],
      operationId: 'deleteWorkflow',
      summary: 'Delete a workflow',
      responses: {
        ...behindKey(),
        204: nothing('Deleted.'),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/workflows/{workflow_id}/versions': {
    parameters: [pathId('workflow_id', 'The workflow.')],
    get: {
      tags: ['Workflows'],
      operationId: 'listWorkflowVersions',
      summary: 'What a workflow was from change to change',
      description: 'The newest 500 are kept.',
      parameters: PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page, newest first.', ref('WorkflowVersions'), {
          data: [version],
          next_cursor: null,
        }),
        ...problems('invalid_request', 'not_found'),
      },
    },
  },
  '/api/v1/workflows/{workflow_id}/versions/{version}': {
    parameters: [pathId('workflow_id', 'The workflow.'), pathId('version', 'The version.')],
    get: {
      tags: ['Workflows'],
      operationId: 'getWorkflowVersion',
      summary: 'One version, and how it differs from another',
      parameters: [
        query('compared_with', {
          type: 'integer',
          minimum: 1,
          description: 'Another version; absent: the one before.',
        }),
      ],
      responses: {
        ...behindKey(),
        200: reply('The version.', ref('WorkflowVersion'), {
          ...version,
          workflow,
          compared_with: 2,
          changes: [
            {
              field: 'name',
              kind: 'changed',
              before: 'Reception',
              after: 'Front desk',
              secret: false,
            },
          ],
        }),
        ...problems('invalid_request', 'not_found'),
      },
    },
  },
  '/api/v1/workflows/{workflow_id}/versions/{version}/restore': {
    parameters: [pathId('workflow_id', 'The workflow.'), pathId('version', 'The version.')],
    post: {
      tags: ['Workflows'],
      operationId: 'restoreWorkflowVersion',
      summary: 'Make a workflow again what it was',
      description:
        'As a new version; no version is changed. Secret options stay as they are, unless the agent is another one.',
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('Workflow'), workflow),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/phone-numbers': {
    get: {
      tags: ['Phone numbers'],
      operationId: 'listNumbers',
      summary: 'Which workflow answers which number',
      description: ADMINISTRATOR,
      parameters: [SET_UP_LIMIT, query('cursor', { type: 'string', description: CURSOR })],
      responses: {
        ...behindKey(),
        200: reply('A page, by number.', ref('PhoneNumbers'), {
          data: [number],
          next_cursor: null,
        }),
        ...problems('invalid_request', 'not_found'),
      },
    },
    post: {
      tags: ['Phone numbers'],
      operationId: 'claimNumber',
      summary: 'Let a workflow answer a number',
      description: `Sets the number’s URLs at the carrier, where the account owns it; a SIP address is set up at its SIP domain. ${ADMINISTRATOR}`,
      requestBody: body(ref('ClaimNumber'), { number: number.number, workflow_id: 123 }),
      responses: {
        ...behindKey(),
        201: reply(
          'The number is claimed, whatever the carrier says.',
          ref('ClaimedNumber'),
          claimed,
        ),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
  },
  '/api/v1/phone-numbers/{number}': {
    parameters: [
      {
        name: 'number',
        in: 'path',
        required: true,
        schema: { type: 'string' },
        description: 'E.164, or the SIP address, percent-encoded.',
      },
    ],
    patch: {
      tags: ['Phone numbers'],
      operationId: 'leadNumber',
      summary: 'Let another workflow answer a number',
      description: `Takes effect with the next call. No call in between is refused. ${ADMINISTRATOR}`,
      parameters: [NUMBER_ACCOUNT],
      requestBody: body(ref('LeadNumber'), { workflow_id: 123 }),
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('PhoneNumber'), number),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
    delete: {
      tags: ['Phone numbers'],
      operationId: 'releaseNumber',
      summary: 'Release a number',
      description: `Nothing is changed at the carrier. ${ADMINISTRATOR}`,
      parameters: [NUMBER_ACCOUNT],
      responses: {
        ...behindKey(),
        204: nothing('Released.'),
        ...problems('invalid_request', 'not_found', 'conflict'),
      },
    },
  },
  '/api/v1/users': {
    get: {
      tags: ['Users'],
      operationId: 'listUsers',
      summary: 'Users and their keys',
      description: ADMINISTRATOR,
      parameters: SET_UP_PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page, by id.', ref('Users'), { data: [user], next_cursor: null }),
        ...problems('invalid_request', 'not_found'),
      },
    },
    post: {
      tags: ['Users'],
      operationId: 'createUser',
      summary: 'Make a user',
      description: ADMINISTRATOR,
      requestBody: body(ref('CreateUser'), { name: user.name }),
      responses: {
        ...behindKey(),
        201: reply('Made, without a key.', ref('User'), { ...user, keys: [] }),
        ...problems('invalid_request', 'not_found', 'conflict', 'payload_too_large'),
      },
    },
  },
  '/api/v1/users/{user_id}/keys': {
    parameters: [pathId('user_id', 'The user.')],
    post: {
      tags: ['Users'],
      operationId: 'issueKey',
      summary: 'Issue a key',
      description: ADMINISTRATOR,
      requestBody: body(ref('IssueKey'), { name: 'crm' }),
      responses: {
        ...behindKey(),
        201: reply('The key is in this answer and nowhere else.', ref('IssuedKey'), {
          key_id: 9,
          user_id: 456,
          name: 'crm',
          key: 'pbk_…',
        }),
        ...problems('invalid_request', 'not_found', 'payload_too_large'),
      },
    },
  },
  '/api/v1/users/{user_id}/keys/{key_id}': {
    parameters: [pathId('user_id', 'The user.'), pathId('key_id', 'The key.')],
    delete: {
      tags: ['Users'],
      operationId: 'revokeKey',
      summary: 'Revoke a key',
      description: `At once; streams and console sessions opened with it end within seconds. ${ADMINISTRATOR}`,
      responses: { ...behindKey(), 204: nothing('Revoked.'), ...problems('not_found') },
    },
  },
  '/api/v1/webhook-endpoints': {
    get: {
      tags: ['Events'],
      operationId: 'listEndpoints',
      summary: 'The endpoints that are told about your calls',
      parameters: SET_UP_PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page, by id.', ref('Endpoints'), { data: [endpoint], next_cursor: null }),
        ...problems('invalid_request'),
      },
    },
    post: {
      tags: ['Events'],
      operationId: 'createEndpoint',
      summary: 'Register a URL that is told about your calls',
      description:
        'Deliveries follow Standard Webhooks; see `/docs/asyncapi.yaml`. An event is sent at least once, and sent again for a day until it is delivered. A user has at most 100 endpoints.',
      requestBody: body(ref('CreateEndpoint'), { url: endpoint.url, types: endpoint.types }),
      responses: {
        ...behindKey(),
        201: reply('The secret is in this answer and nowhere else.', ref('CreatedEndpoint'), {
          ...endpoint,
          secret: 'whsec_…',
        }),
        ...problems('invalid_request', 'not_found', 'limit_reached', 'payload_too_large'),
      },
    },
  },
  '/api/v1/webhook-endpoints/{endpoint_id}': {
    parameters: [pathId('endpoint_id', 'The endpoint.')],
    get: {
      tags: ['Events'],
      operationId: 'getEndpoint',
      summary: 'One endpoint',
      responses: {
        ...behindKey(),
        200: reply('The endpoint, without its secret.', ref('Endpoint'), endpoint),
        ...problems('not_found'),
      },
    },
    patch: {
      tags: ['Events'],
      operationId: 'updateEndpoint',
      summary: 'Change an endpoint',
      description: 'Absent fields stay.',
      requestBody: body(ref('UpdateEndpoint'), { enabled: false }),
      responses: {
        ...behindKey(),
        200: reply('As it is now.', ref('Endpoint'), endpoint),
        ...problems('invalid_request', 'not_found', 'payload_too_large'),
      },
    },
    delete: {
      tags: ['Events'],
      operationId: 'deleteEndpoint',
      summary: 'Delete an endpoint and its waiting events',
      responses: { ...behindKey(), 204: nothing('Deleted.'), ...problems('not_found') },
    },
  },
  '/api/v1/webhook-endpoints/{endpoint_id}/deliveries': {
    parameters: [pathId('endpoint_id', 'The endpoint.')],
    get: {
      tags: ['Events'],
      operationId: 'listDeliveries',
      summary: 'Events that were or will be sent, newest first',
      parameters: PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page.', ref('DeliveryPage'), { data: [delivery], next_cursor: null }),
        ...problems('invalid_request', 'not_found'),
      },
    },
  },
  '/api/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/replay': {
    parameters: [pathId('endpoint_id', 'The endpoint.'), pathId('delivery_id', 'The delivery.')],
    post: {
      tags: ['Events'],
      operationId: 'replayDelivery',
      summary: 'Send an event again, now, as the same message',
      responses: {
        ...behindKey(),
        202: reply('It will be sent.', ref('Delivery'), { ...delivery, attempts: 0 }),
        ...problems('not_found'),
      },
    },
  },
  '/api/v1/webhook-endpoints/{endpoint_id}/test': {
    parameters: [pathId('endpoint_id', 'The endpoint.')],
    post: {
      tags: ['Events'],
      operationId: 'testEndpoint',
      summary: 'Send an event of type `test` now, and see what comes of it',
      description:
        'Signed like every event. It is sent once, also to a disabled endpoint, and is not among the deliveries. The reply waits for the endpoint for 10 s at most. An endpoint that answers 410 is disabled, as ever.',
      responses: {
        ...behindKey(),
        200: reply('What came of it.', ref('TestedEndpoint'), testedEndpoint),
        ...problems('not_found'),
      },
    },
  },
  '/api/v1/audit-log': {
    get: {
      tags: ['Users'],
      operationId: 'listAudit',
      summary: 'Who changed what, newest first',
      description: ADMINISTRATOR,
      parameters: PAGE,
      responses: {
        ...behindKey(),
        200: reply('A page.', ref('AuditPage'), { data: [audit], next_cursor: null }),
        ...problems('invalid_request', 'not_found'),
      },
    },
  },
};

import { id, nothing, pathId, query, type Json, type Paths } from '../describe.js';

const tags = ['Carriers'];
const security = [{ twilioSignature: [] }];

/** A fixed word in the body: the name of the refusal in the console and the doctor. */
const plain = (description: string, ...words: string[]): Json => ({
  description,
  content: {
    'text/plain': {
      schema: { type: 'string' },
      examples: Object.fromEntries(words.map((value) => [value, { value }])),
    },
  },
});
const UNAVAILABLE = {
  ...plain(
    'The store cannot be reached, or unsigned requests keep it busy. The carrier asks again.',
    'unavailable',
    'too-many-unsigned',
  ),
  headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
};
const REFUSED = {
  400: plain('Ids or fields are not what they should be.', 'malformed', 'malformed-run-id'),
  403: plain(
    'The request is not the carrier’s, or no carrier is configured.',
    'signature-missing',
    'signature-mismatch',
    'signature-body-mismatch',
    'signature-not-configured',
  ),
  413: plain(
    'The request is larger than any carrier’s: over 64 KiB, or over 1,000 fields.',
    'too-large',
  ),
  503: UNAVAILABLE,
};
const NO_ACCOUNT = plain(
  'No such account, call or page.',
  'account-unknown',
  'run-unknown',
  'no-route',
);
const UNMATCHED = {
  404: plain('No such call of this carrier.', 'run-unknown'),
  409: plain(
    'The request is about another call than this run’s.',
    'call-id-mismatch',
    'account-mismatch',
  ),
};

const FIELDS = {
  type: 'object',
  description: 'What Twilio sends; unknown fields are accepted.',
  properties: {
    CallSid: { type: 'string', pattern: '^CA[0-9a-f]{32}$' },
    AccountSid: { type: 'string', pattern: '^AC[0-9a-f]{32}$' },
    CallStatus: {
      enum: [
        'queued',
        'initiated',
        'ringing',
        'in-progress',
        'completed',
        'busy',
        'no-answer',
        'failed',
        'canceled',
      ],
    },
    From: { type: 'string' },
    To: { type: 'string' },
    Direction: { type: 'string' },
    SequenceNumber: { type: 'string' },
    Timestamp: { type: 'string' },
    CallDuration: { type: 'string' },
  },
  required: ['CallSid'],
};
const FORM = {
  required: true,
  content: {
    'application/x-www-form-urlencoded': {
      schema: FIELDS,
      example: {
        CallSid: 'CA36c37d8025eb3fae123339dbe28b2fe3',
        AccountSid: 'AC36c37d8025eb3fae123339dbe28b2fe3',
        CallStatus: 'ringing',
        From: '+12025550100',
        To: '+12025550143',
        Direction: 'outbound-api',
        SequenceNumber: '1',
        Timestamp: 'Tue, 24 Nov 2026 10:00:02 +0000',
      },
    },
  },
};

const TWIML = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Connect action="https://calls.example.com/api/v1/telephony/twiml?workflow_id=123&amp;user_id=456&amp;workflow_run_id=789#rc=3&amp;rp=5xx,ct,rt">
    <Stream url="wss://calls.example.com/api/v1/telephony/ws/123/456/789">
      <Parameter name="token" value="…"/>
    </Stream>
  </Connect>
</Response>
`;

function answer(operationId: string, summary: string): Json {
  return {
    tags,
    operationId,
    summary,
    description:
      'Without ids, somebody calls a number, and the workflow that has claimed it answers. With all three ids, an outbound call was answered, or a media stream has ended and the carrier asks what comes next.',
    security,
    parameters: [
      query('workflow_id', id('All three ids, or none.')),
      query('user_id', id('All three ids, or none.')),
      query('workflow_run_id', id('All three ids, or none.')),
    ],
    responses: {
      200: {
        description: 'TwiML: connect a stream, say a sentence, reject or hang up.',
        content: { 'text/xml': { schema: { type: 'string' }, example: TWIML } },
      },
      ...REFUSED,
    },
  };
}

function callback(operationId: string, summary: string): Json {
  return {
    tags,
    operationId,
    summary,
    description:
      'Reports may come in any order and repeatedly. Each report is one event of the call, marked if it is a duplicate or late.',
    security,
    requestBody: FORM,
    responses: { 204: nothing('Written down, durably.'), ...REFUSED, ...UNMATCHED },
  };
}

const ACCOUNT = {
  name: 'key',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,39}$' },
  description: 'The account. It alone checks the signature; no other is tried.',
};
const PURPOSE = {
  name: 'purpose',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: '`answer`, `events`, and what the account’s carrier needs beside them.',
};

/** Of any carrier: bodies, signatures and replies are in its own words. */
function ofAccount(operationId: string, summary: string): Json {
  return {
    tags,
    operationId,
    summary,
    description:
      'The body, the signature and the reply are as the account’s carrier has them. A question is answered, and what is told is one event of the call or several.',
    security: [{ carrierSignature: [] }],
    responses: {
      200: { description: 'What is to be done with the call, or that it was heard.' },
      204: nothing('Heard.'),
      ...REFUSED,
      ...UNMATCHED,
      404: NO_ACCOUNT,
      405: plain('Not by this method.', 'wrong-method'),
    },
  };
}

/** The signed requests of carriers. */
export const carrierPaths: Paths = {
  '/api/v1/telephony/twiml': {
    get: answer('answerByGet', 'What to do with a call'),
    post: { ...answer('answer', 'What to do with a call'), requestBody: FORM },
  },
  '/api/v1/telephony/status-callback': {
    post: callback('numberCallback', 'A status report about a call that is found by its CallSid'),
  },
  '/api/v1/telephony/status-callback/{workflow_run_id}': {
    parameters: [pathId('workflow_run_id', 'The call.')],
    post: callback('statusCallback', 'A status report about a call'),
  },
  '/api/v1/telephony/accounts/{key}/{purpose}': {
    parameters: [ACCOUNT, PURPOSE],
    get: ofAccount('askAccount', 'What a carrier asks by GET'),
    post: ofAccount('tellAccount', 'What a carrier asks or tells'),
  },
  '/api/v1/telephony/accounts/{key}/{purpose}/{workflow_run_id}': {
    parameters: [ACCOUNT, PURPOSE, pathId('workflow_run_id', 'The call.')],
    get: ofAccount('askAccountOfCall', 'What a carrier asks about a call by GET'),
    post: ofAccount('tellAccountOfCall', 'What a carrier asks or tells about a call'),
  },
};

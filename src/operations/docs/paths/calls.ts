import { END_REASONS } from '../../../calls/ledger/call-event.js';
import { CALL_STATUSES } from '../../../calls/ledger/call-status.js';
import { RECORDING_ENCODINGS } from '../../../calls/recordings/recording-encoding.js';
import { TRANSCRIPT_FORMATS } from '../../../calls/transcripts/transcript-formats.js';
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
  type Json,
  type Paths,
} from '../describe.js';
import { call, endedCall, event, placedCall } from '../examples.js';

const tags = ['Calls'];
const RUN_ID = pathId('workflow_run_id', 'The call.');

function pageOrFile(): Json {
  const page = reply('A page.', ref('CallPage'), { data: [call], next_cursor: 'Nzg5' });
  const csv = { schema: { type: 'string' }, example: 'workflow_run_id,workflow_id,…' };
  return { ...page, content: { ...(page['content'] as Json), 'text/csv': csv } };
}

function transcriptReply(): Json {
  const line = { at_ms: 1_840, speaker: 'caller', text: 'My parcel is late.', final: true };
  const json = reply('The transcript so far.', ref('Transcript'), { data: [line] });
  const vtt = 'WEBVTT\n\n1\n00:00:01.840 --> 00:00:03.040\n<v Caller>My parcel is late.</v>\n';
  const texts = {
    'text/plain': {
      schema: { type: 'string' },
      example: '[00:00:01] Caller: My parcel is late.\n',
    },
    'text/vtt': { schema: { type: 'string' }, example: vtt },
  };
  return { ...json, content: { ...(json['content'] as Json), ...texts } };
}

/** What our users do with calls. */
export const callPaths: Paths = {
  '/api/v1/telephony/calls': {
    post: {
      tags,
      operationId: 'placeCall',
      summary: 'Place a call',
      description:
        'The call is saved and then dialled, at the pace of its account and in turn with the calls of other users. A call that would have to wait for more than a minute is refused with `queue_full`. The reply waits for the carrier for 5 s at most. If the carrier takes longer, the call stays `queued`. If the carrier’s reply is lost, the call is `submission-unknown`: it is not dialled again, but looked for at the carrier.',
      parameters: [
        {
          name: 'Idempotency-Key',
          in: 'header',
          description:
            'A key that you choose; it is kept for 24 hours. The same key and body lead to the same call. While the first request is under way, the next one waits for 5 s and is then answered 409.',
          schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
        },
      ],
      requestBody: body(ref('PlaceCall'), {
        workflow_id: 123,
        to: '+12025550143',
        context: { order: 7 },
        ring_timeout_seconds: 30,
      }),
      responses: {
        ...behindKey(),
        201: reply('Placed.', ref('Call'), placedCall),
        200: reply('Placed before, with this `Idempotency-Key`.', ref('Call'), call),
        ...problems(
          'invalid_request',
          'not_found',
          'conflict',
          'payload_too_large',
          'idempotency_key_reused',
          'concurrency_limit',
          'queue_full',
          'rate_limited',
          'provider_rejected',
          'provider_unavailable',
          'no_public_url',
          'provider_not_configured',
          'store_unavailable',
          'draining',
        ),
      },
    },
    get: {
      tags,
      operationId: 'listCalls',
      summary: 'List calls, newest first',
      description:
        'With `Accept: text/csv` all pages come as one CSV file, streamed; `limit` has no effect then. The columns are the fields of a call, `context` and `facts` as JSON. A text that a spreadsheet might run as a formula has an apostrophe before it. A connection that breaks means that the file is incomplete.',
      parameters: [
        query('status', { enum: CALL_STATUSES, description: 'As it is now.' }),
        {
          ...query('end_reason', {
            type: 'array',
            items: { enum: END_REASONS },
            description: 'Why the call ended: any of these, separated by commas.',
          }),
          style: 'form',
          explode: false,
        },
        query('direction', {
          enum: ['inbound', 'outbound'],
          description: 'As the gateway sees it.',
        }),
        query('workflow_id', { type: 'integer', minimum: 1, description: 'Calls of this one.' }),
        query('number', {
          type: 'string',
          maxLength: 250,
          description:
            'Of either side: E.164, an address such as `sip:anna@example.com`, or a word such as `anonymous`. A number also finds the addresses that hold it.',
        }),
        query('q', {
          type: 'string',
          minLength: 1,
          maxLength: 200,
          description:
            'Words of the call’s transcript, in any order: for each there is a word that begins with it. Capital letters and accents do not matter.',
        }),
        query('provider_call_id', {
          type: 'string',
          pattern: '^[\\x21-\\x7e]{1,64}$',
          description: 'The carrier’s id, such as a CallSid.',
        }),
        query('account', {
          type: 'string',
          pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
          description: 'The key of an account.',
        }),
        query('from_time', {
          type: 'string',
          description: 'Created at or after; ISO 8601, UTC without an offset.',
        }),
        query('to_time', { type: 'string', description: 'Created before.' }),
        query('mask_numbers', {
          type: 'boolean',
          description:
            'Show the last two digits of numbers only, such as +•••••••••43, and no names in addresses, such as sip:•••@example.com.',
        }),
        LIMIT,
        query('cursor', { type: 'string', description: '`next_cursor` of the page before.' }),
      ],
      responses: {
        ...behindKey(),
        200: pageOrFile(),
        ...problems('invalid_request'),
      },
    },
  },
  '/api/v1/telephony/calls/stream': {
    get: {
      tags,
      operationId: 'followCalls',
      summary: 'Follow all changes of your calls',
      description:
        'Server-sent events in commit order: `event: call`, `id` is opaque and names the place in that order, `data` is a Call. A comment every 15 s keeps the connection open. A reader that is a megabyte behind is cut off, and so is one whose key was revoked. A user has at most 20 readers at a time. See `/docs/asyncapi.yaml`.',
      parameters: [
        {
          name: 'Last-Event-ID',
          in: 'header',
          description:
            'The last event you have seen; the events after it are sent first. After one that a release before 0.2 sent, the live calls are.',
          schema: { type: 'string', pattern: '^\\d{1,15}(\\.\\d{1,15})?$' },
        },
      ],
      responses: {
        ...behindKey(),
        200: {
          description: 'Until either side closes it.',
          content: {
            'text/event-stream': {
              schema: { type: 'string' },
              example: `event: call\nid: 81.4711\ndata: ${JSON.stringify(call)}\n\n`,
            },
          },
        },
        ...problems('invalid_request', 'limit_reached'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}': {
    parameters: [RUN_ID],
    get: {
      tags,
      operationId: 'getCall',
      summary: 'One call with its timeline',
      responses: {
        ...behindKey(),
        200: reply('The call.', ref('CallWithEvents'), { ...call, events: [event] }),
        ...problems('not_found'),
      },
    },
    delete: {
      tags,
      operationId: 'eraseCall',
      summary: 'Erase the personal data of an ended call',
      description:
        'Erases numbers, context, facts, recording and the carrier’s raw fields. The timeline stays.',
      responses: {
        ...behindKey(),
        204: nothing('Erased, now or before.'),
        ...problems('not_found', 'conflict'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}/hangup': {
    parameters: [RUN_ID],
    post: {
      tags,
      operationId: 'hangUpCall',
      summary: 'End a call in any state',
      description:
        'A call that waits to be dialled is canceled; one that has ended stays as it is.',
      responses: {
        ...behindKey(),
        200: reply('The call, which may still be ending.', ref('Call'), endedCall),
        ...problems('not_found'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}/digits': {
    parameters: [RUN_ID],
    post: {
      tags,
      operationId: 'sendDigits',
      summary: 'Press keys on a call',
      description:
        'They follow what the agent has said before, and what it says afterwards follows them. What became of them is an event of type `digits` in the timeline, which does not say which they were.',
      requestBody: body(ref('Digits'), { digits: '1w4711#' }),
      responses: {
        ...behindKey(),
        202: reply('They are on their way.', ref('Call'), call),
        ...problems('invalid_request', 'not_found', 'conflict'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}/transfer': {
    parameters: [RUN_ID],
    post: {
      tags,
      operationId: 'transferCall',
      summary: 'Transfer a call to a person',
      description:
        'The agent’s media stream ends, the person is called, and the two are connected when that person answers. The reply comes before that; what becomes of it are events of type `transfer`. If the person is not reached, the caller is given back to the agent. 409 for a call that is not answered or has no live stream, while it is being transferred or hung up, and where its carrier cannot.',
      requestBody: body(ref('TransferCall'), {
        to: '+12025550143',
        announce: 'A caller for you, about order 7.',
        timeout_seconds: 20,
      }),
      responses: {
        ...behindKey(),
        202: reply('The call; its transfer has begun.', ref('Call'), call),
        ...problems('invalid_request', 'not_found', 'conflict', 'store_unavailable'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}/transcript': {
    parameters: [RUN_ID],
    get: {
      tags,
      operationId: 'getTranscript',
      summary: 'The transcript of a call',
      description:
        'What was said, in words, oldest first: told by the agent while the call is in progress, else made from the recording afterwards, where `TRANSCRIPTION_URL` is set. `call.transcribed` says whether there is one; it is complete with the event `transcript` whose `step` is `complete`. With `Accept: text/vtt`, or `format=vtt`, as subtitles of the recording; with `text/plain`, or `format=txt`, for people.',
      parameters: [
        query('format', {
          enum: TRANSCRIPT_FORMATS,
          description: 'Absent: as `Accept` says, else JSON.',
        }),
      ],
      responses: {
        ...behindKey(),
        200: transcriptReply(),
        ...problems('invalid_request', 'not_found'),
      },
    },
  },
  '/api/v1/telephony/calls/{workflow_run_id}/recording': {
    parameters: [RUN_ID],
    get: {
      tags,
      operationId: 'getRecording',
      summary: 'The recording of a call',
      description:
        'WAV, 8 kHz, stereo: 16-bit PCM, or μ-law with `encoding=mulaw`, which is half as long. The caller is on the left; what was heard of the agent is on the right. While the call is in progress, the reply contains the recording so far; from another instance than the one that has the call, the last 30 seconds are missing. Where two streams of the call had a pause between them, there is silence.',
      parameters: [
        query('encoding', {
          enum: RECORDING_ENCODINGS,
          default: 'pcm',
          description: 'Of the samples. Recordings are kept in μ-law, as carriers send audio.',
        }),
        {
          name: 'Range',
          in: 'header',
          description: 'One range of bytes, as a player asks for it.',
          schema: { type: 'string' },
          example: 'bytes=0-65535',
        },
      ],
      responses: {
        ...behindKey(),
        200: { description: 'All of it.', content: { 'audio/wav': {} } },
        206: {
          description: 'The range.',
          headers: { 'Content-Range': { schema: { type: 'string' } } },
          content: { 'audio/wav': {} },
        },
        ...problems('invalid_request', 'not_found', 'range_not_satisfiable'),
      },
    },
  },
};

import { PARTY_MAX } from '../../shared/party.js';
import { PROBLEMS, type ProblemCode } from '../../shared/problem.js';

/** A piece of the OpenAPI document, or a JSON Schema in it. */
export type Json = Record<string, unknown>;
/** Operations by path and method, and beside the methods the parameters that all of them have. */
export type Paths = Record<string, Record<string, Json | Json[]>>;

export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

export const nullable = (schema: Json): Json =>
  typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : { oneOf: [schema, { type: 'null' }] };

/** Null for each property that may be null. */
export function nullsOf(properties: Record<string, Json>): Record<string, null> {
  const names = Object.keys(properties).filter((name) => {
    const { type, oneOf } = properties[name] ?? {};
    const isNull = (one: unknown): boolean =>
      one === 'null' || (one as Json | null)?.['type'] === 'null';
    return [type, oneOf].flat().some(isNull);
  });
  return Object.fromEntries(names.map((name) => [name, null]));
}

/** Every property is required unless `optional` names it. There are no others. */
export function object(properties: Record<string, Json>, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

export const list = (items: Json): Json => ({ type: 'array', items });
export const instant = (description: string): Json => ({
  type: 'string',
  format: 'date-time',
  description,
});
export const id = (description: string): Json => ({
  type: 'integer',
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description,
});
export const e164 = (description: string): Json => ({
  type: 'string',
  pattern: '^\\+[1-9]\\d{6,14}$',
  description: `${description} E.164.`,
});
/** What a workflow may claim. */
export const claimable = (description: string): Json => ({
  type: 'string',
  maxLength: PARTY_MAX,
  pattern: '^(?:\\+[1-9]\\d{6,14}|.*sips?:[^@]+@.+)$',
  description: `${description} E.164, or a SIP address such as \`sip:sales@acme.sip.twilio.com\`.`,
});

/** A reply with a body. */
export function reply(description: string, schema: Json, example: unknown): Json {
  return { description, content: { 'application/json': { schema, example } } };
}

export const nothing = (description: string): Json => ({ description });

export function body(schema: Json, example: unknown): Json {
  return { required: true, content: { 'application/json': { schema, example } } };
}

export const pathId = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: id(description),
});

export const query = (name: string, schema: Json): Json => ({ name, in: 'query', schema });
/** The length of a page of a list. */
export const LIMIT = query('limit', {
  type: 'integer',
  minimum: 1,
  maximum: 100,
  default: 20,
  description: 'How many at most.',
});

/** When each code is answered; the same for all operations. */
const WHEN: Record<ProblemCode, string> = {
  invalid_request:
    'A field is missing, unknown or wrong; `errors` names each. Nothing was changed.',
  unauthorized: 'There is no API key or session, or it is not valid any more.',
  forbidden: 'A page that is not the console’s made a signed-in browser send the request.',
  not_found: 'There is no such object, or it belongs to another user.',
  method_not_allowed: 'The path takes other methods; `Allow` names them.',
  conflict: 'The state of the object does not allow it; `detail` says what to do first.',
  limit_reached: 'The user has as many of these as allowed; `detail` says what makes room.',
  payload_too_large: 'The body is longer than 256 KiB; when signing in, than 8 KiB.',
  precondition_failed: 'The file is not the one that `If-Match` or `If-Unmodified-Since` names.',
  range_not_satisfiable: 'The range begins after the end; `Content-Range` tells the length.',
  idempotency_key_reused: 'The key was used before, with another body.',
  concurrency_limit: 'As many calls are in progress as are allowed; `Retry-After` in seconds.',
  queue_full:
    'The call would be dialled in more than a minute, because too many wait at the pace of its account; `Retry-After` in seconds. Nothing was saved.',
  rate_limited: 'Too many requests with this key in a minute; `Retry-After` in seconds.',
  internal_error: 'A fault in Patchbay; the log has the details.',
  provider_rejected: 'The carrier refuses to dial; the call is in the list as `failed`.',
  provider_unavailable: 'The carrier cannot be reached; the call is in the list as `failed`.',
  no_public_url: 'No address is known at which the carrier could call back; nothing was dialled.',
  provider_not_configured: 'The carrier has no credentials; nothing was dialled.',
  store_unavailable: 'The store cannot be reached; nothing was changed. `Retry-After` in seconds.',
  draining: 'The service is stopping and takes no new calls.',
};

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } };

/** The error replies of an operation, by status. */
export function problems(...codes: ProblemCode[]): Record<string, Json> {
  return Object.fromEntries(
    [...groupByStatus(codes)].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `\`${code}\`: ${WHEN[code]}`).join('\n\n'),
        ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
        content: {
          'application/problem+json': {
            schema: ref('Problem'),
            examples: Object.fromEntries(
              ofStatus.map((code) => [code, { value: problemExample(code) }]),
            ),
          },
        },
      },
    ]),
  );
}

/** The errors that every route behind a key may answer. */
export const behindKey = (): Record<string, Json> =>
  problems('unauthorized', 'forbidden', 'rate_limited', 'store_unavailable');

function groupByStatus(codes: ProblemCode[]): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    groups.set(PROBLEMS[code], [...(groups.get(PROBLEMS[code]) ?? []), code]);
  }
  return groups;
}

function problemExample(code: ProblemCode): Json {
  const example: Json = {
    type: 'about:blank',
    title: code.replaceAll('_', ' '),
    status: PROBLEMS[code],
    code,
    detail: WHEN[code],
  };
  if (code !== 'invalid_request') return example;
  const message = 'must be a phone number in E.164, such as +14155552671';
  return { ...example, detail: `to ${message}.`, errors: [{ field: 'to', message }] };
}

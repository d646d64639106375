import type { Blame } from '../calls-port.js';
import {
  failureWithout,
  throttled,
  unanswered,
  type ApiFailure,
  type Refusal,
} from '../api-failure.js';
import type { ApiOutcome, ApiReply } from '../json-api.js';

export type TelnyxFailure = ApiFailure<Refusal & { code: string; blame: Blame }>;

/** What became of a request to Telnyx's API. */
export type Outcome =
  /** `data`: the object under that name; empty where there is none. */
  { kind: 'done'; status: number; data: Readonly<Record<string, unknown>> } | TelnyxFailure;

/** "This call is no longer active and can't receive commands". */
export const CALL_OVER = '90018';
/** "The requested resource or URL could not be found". */
export const NOT_FOUND = '10005';

/** Refusals that another account may not meet, whatever field they name: credentials, permission, money. */
const OF_THE_ACCOUNT = new Set(['10007', '10009', '10010', '10038', '20100', '90015']);

/**
 * Decides whose word a reply is. A refusal counts as Telnyx's only with one of its codes: a proxy in between may
 * answer 403, 404 or 429 too, even to a request that Telnyx has carried out.
 * @param isFlat whether a success has its content without `data` around it
 */
export function outcomeOf(reply: ApiOutcome, now: Date, isFlat = false): Outcome {
  return reply.kind === 'replied' ? outcomeOfReply(reply, now, isFlat) : failureWithout(reply);
}

function outcomeOfReply({ status, body, headers }: ApiReply, now: Date, isFlat: boolean): Outcome {
  if (status >= 200 && status < 300) {
    const data: unknown = isFlat ? body : (Object(body) as { data?: unknown }).data;
    return typeof data === 'object' && data !== null
      ? { kind: 'done', status, data: data as Record<string, unknown> }
      : unanswered(status);
  }
  const words = wordsOf(body);
  if (!words) return unanswered(status);
  const { code, message, pointer } = words;
  if (status === 429) return throttled(headers, now);
  if (status >= 500) return unanswered(status, `${code}: ${message}`);
  return { kind: 'refused', status, code, message, blame: blameOf(status, code, pointer) };
}

function blameOf(status: number, code: string, pointer: string): Blame {
  if ([401, 402, 403].includes(status) || OF_THE_ACCOUNT.has(code)) return 'account';
  if (/\/(from|connection_id)$/.test(pointer)) return 'account';
  return pointer.endsWith('/to') ? 'callee' : 'request';
}

/** The first of Telnyx's errors; its `detail` may quote what was sent, so the title alone is told. */
function wordsOf(body: unknown): { code: string; message: string; pointer: string } | null {
  const { errors } = Object(body) as { errors?: unknown };
  const first: unknown = Array.isArray(errors) ? errors[0] : null;
  const { code, title, source } = Object(first) as Record<string, unknown>;
  // In some replies a number.
  const name = typeof code === 'number' ? String(code) : code;
  if (typeof name !== 'string' || !/^[A-Z]?\d{4,6}$/.test(name)) return null;
  const { pointer } = Object(source) as { pointer?: unknown };
  return {
    code: name,
    message:
      typeof title === 'string'
        ? title.slice(0, 200).replace(/\+?\d{6,}/g, '…')
        : 'no reason given',
    pointer: typeof pointer === 'string' ? pointer : '',
  };
}

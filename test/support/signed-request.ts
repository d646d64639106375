import { randomUUID } from 'node:crypto';
import supertest, { type Response } from 'supertest';
import { signWebhook } from '../../tools/carrier/signing/signature.js';
import { newSid } from '../../tools/carrier/sids.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, THEIR_NUMBER, type Gateway } from './gateway.js';

export const ANSWER = '/api/v1/telephony/twiml';
export const STATUS_CALLBACK = '/api/v1/telephony/status-callback';
const FORM = 'application/x-www-form-urlencoded';

export type Field = readonly [name: string, value: string];

/** A request as a carrier sends it; a test's deliberate faults are applied after signing. */
export interface SignedRequest {
  method?: 'GET' | 'POST';
  /** Path and query on the wire. */
  target: string;
  /** The form of a POST; of a GET the rest of the query. */
  fields?: readonly Field[];
  /** The public URL that is signed; those of the wire when absent. */
  publicUrl?: string;
  signedTarget?: string;
  token?: string;
  /** In place of the true signature; null leaves the header out. */
  signature?: string | null;
  /** In place of the fields, unsigned. */
  body?: string;
  headers?: Record<string, string>;
}

/** The ids of an answer URL. */
export interface AnswerIds {
  workflow_id: number;
  user_id: number;
  workflow_run_id: number;
}

/** Builds signed requests by hand, where the simulated carrier would only send correct ones. */
export class CarrierRequests {
  constructor(
    private readonly gateway: Pick<Gateway, 'url' | 'carrier'>,
    private readonly publicUrl = PUBLIC_ORIGIN,
  ) {}

  /** Checks that every reply meets what a carrier may rely on, whatever the test is about. */
  async send(request: SignedRequest): Promise<Response> {
    const { method = 'POST', fields = [], headers = {}, token } = request;
    const form = encode(fields);
    const query = request.target.includes('?') ? '&' : '?';
    const isGet = method === 'GET';
    const asked = isGet && form !== '' ? request.target + query + form : request.target;
    const signed = (request.publicUrl ?? this.publicUrl) + (request.signedTarget ?? asked);
    const right = signWebhook(signed, isGet ? [] : fields, token ?? this.gateway.carrier.authToken);
    const signature = request.signature === undefined ? right : request.signature;
    const agent = supertest(this.gateway.url);
    const test = (isGet ? agent.get(asked) : agent.post(asked))
      .set('I-Twilio-Idempotency-Token', randomUUID())
      .set(isGet ? {} : { 'Content-Type': FORM })
      .set(signature === null ? {} : { 'X-Twilio-Signature': signature })
      .set(headers);
    const response = await (isGet ? test : test.send(request.body ?? form));
    assertFitForCarriers(response);
    return response;
  }

  /** @param ids null for an inbound call; text is the raw query */
  answer(
    ids: AnswerIds | string | null,
    fields: readonly Field[],
    more: Partial<SignedRequest> = {},
  ): Promise<Response> {
    return this.send({ target: answerTarget(ids), fields, ...more });
  }

  /** @param runId null for a number's callback; text is the raw path segment */
  callback(
    runId: number | string | null,
    fields: readonly Field[],
    more: Partial<SignedRequest> = {},
  ): Promise<Response> {
    const target = runId === null ? STATUS_CALLBACK : `${STATUS_CALLBACK}/${runId}`;
    return this.send({ target, fields, ...more });
  }

  /** The fields that every webhook of one call carries. */
  fieldsOf(callSid: string, status: string, more: Record<string, string> = {}): Field[] {
    return Object.entries({
      CallSid: callSid,
      AccountSid: this.gateway.carrier.accountSid,
      From: OUR_NUMBER,
      To: THEIR_NUMBER,
      CallStatus: status,
      ApiVersion: '2010-04-01',
      Direction: 'outbound-api',
      FromCity: '',
      ...more,
    });
  }

  /** The fields of the request for an inbound call. */
  inboundFields(callSid = newSid('CA'), more: Record<string, string> = {}): Field[] {
    return this.fieldsOf(callSid, 'ringing', {
      From: THEIR_NUMBER,
      To: OUR_NUMBER,
      Direction: 'inbound',
      ...more,
    });
  }

  /** A status callback. */
  event(
    callSid: string,
    status: string,
    sequence: number,
    more: Record<string, string> = {},
  ): Field[] {
    return this.fieldsOf(callSid, status, {
      Timestamp: new Date().toUTCString().replace('GMT', '+0000'),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(sequence),
      ...more,
    });
  }
}

export function answerTarget(ids: AnswerIds | string | null): string {
  if (ids === null) return ANSWER;
  if (typeof ids === 'string') return `${ANSWER}?${ids}`;
  const { workflow_id, user_id, workflow_run_id } = ids;
  return `${ANSWER}?workflow_id=${workflow_id}&user_id=${user_id}&workflow_run_id=${workflow_run_id}`;
}

export function encode(fields: readonly Field[]): string {
  return new URLSearchParams(
    fields.map(([name, value]): [string, string] => [name, value]),
  ).toString();
}

/** Checks that a reply is never a 500, never HTML, and never cacheable. */
export function assertFitForCarriers(response: {
  status: number;
  headers: Record<string, string | undefined>;
  text?: string;
}): void {
  const { status, headers, text = '' } = response;
  const type = headers['content-type'] ?? '';
  const wrong = [
    status >= 500 && status !== 503 ? `status ${status}` : null,
    type.includes('html') || /<html|<!doctype/i.test(text) ? `HTML: ${text}` : null,
    headers['etag'] === undefined ? null : 'an ETag',
    headers['cache-control'] === 'no-store' ? null : `Cache-Control ${headers['cache-control']}`,
    status === 204 && text !== '' ? 'a 204 with a body' : null,
  ].filter((problem) => problem !== null);
  if (wrong.length > 0) throw new Error(`not fit for a carrier (${status}): ${wrong.join(', ')}`);
}

export const HANGUP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';
export const REJECT = '<?xml version="1.0" encoding="UTF-8"?><Response><Reject/></Response>';
export const BUSY =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Reject reason="busy"/></Response>';

const CONNECT =
  /^<\?xml version="1\.0" encoding="UTF-8"\?><Response><Connect action="([^"]+)"><Stream url="([^"]+)"><Parameter name="token" value="([\w-]+)"\/><\/Stream><\/Connect><\/Response>$/;

/** Where a TwiML answer leads; throws when it is anything but one `<Connect>` and nothing after it. */
export function streamOf(response: Response): { action: string; url: string; token: string } {
  const match = CONNECT.exec(response.text);
  const type = response.headers['content-type'] ?? '';
  if (response.status !== 200 || !match || !type.startsWith('text/xml')) {
    throw new Error(`no stream: ${response.status} ${type} ${response.text}`);
  }
  const [action = '', url = '', token = ''] = match
    .slice(1)
    .map((text) => text.replaceAll('&amp;', '&'));
  return { action, url, token };
}

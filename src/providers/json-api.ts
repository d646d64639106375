import { oneRequest, type NoReply, type OneReply } from './one-request.js';

/** One request to a carrier's API. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined: there is no body, but for a form. */
  json?: unknown;
  /** Sent as a form, in place of JSON. */
  form?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for all of it: connection, request and the whole reply. */
  timeoutMs: number;
}

/** A reply with its body read as JSON; undefined where it is none. */
export type ApiReply = OneReply & { body: unknown };

export type ApiOutcome = ApiReply | NoReply;

/** Asks an API that answers in JSON; see {@link oneRequest}. */
export async function askApi(asked: ApiRequest): Promise<ApiOutcome> {
  const [type, text] = contentOf(asked);
  const reply = await oneRequest({
    method: asked.method,
    url: new URL(asked.url),
    headers: {
      ...asked.headers,
      Accept: 'application/json',
      ...(type === null ? {} : { 'Content-Type': type }),
    },
    text,
    timeoutMs: asked.timeoutMs,
  });
  return reply.kind === 'replied' ? { ...reply, body: jsonIn(reply.text) } : reply;
}

function contentOf({ json, form }: ApiRequest): [type: string | null, text: string] {
  if (form) return ['application/x-www-form-urlencoded', new URLSearchParams(form).toString()];
  return json === undefined ? [null, ''] : ['application/json', JSON.stringify(json)];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

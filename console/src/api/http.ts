import { SERVICE_PATH } from '../base.js';
import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

/** An error of the API, as RFC 9457 describes it; `status` 0: the API was not reached. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: ReadonlyArray<{ field: string; message: string }> = [],
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = 'ApiProblem';
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

let onSignedOut: () => void = () => undefined;

/** Calls `listener` whenever the API says that nobody is signed in. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export function urlOf(path: string): string {
  return `${SERVICE_PATH}${path}`;
}

/**
 * @param path under the service's root, such as `api/v1/workflows`
 * @throws ApiProblem
 */
export async function call<T>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, path, { body, signal });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The response, if it is a success. @throws ApiProblem */
export async function send(
  method: Method,
  path: string,
  {
    body,
    signal,
    headers = {},
  }: { body?: unknown; signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<Response> {
  let response;
  try {
    response = await fetch(urlOf(path), {
      method,
      signal: signal ?? null,
      headers: { ...typeOf(body), ...headers },
      body: body === undefined || body instanceof Blob ? (body ?? null) : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    // The action stays undone, even when the service is back.
    const what =
      method === 'GET' ? m.shell.theServiceDoesNotAnswer : m.shell.theServiceDidNotAnswer;
    throw new ApiProblem(0, 'unreachable', what);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.status === 401) onSignedOut();
  throw problem;
}

/** A file is sent as it is, anything else as JSON. */
function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-type': body instanceof Blob ? 'audio/wav' : 'application/json' };
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const { status } = response;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null || !('code' in body)) {
    return new ApiProblem(status, 'unknown', fill(m.shell.theServiceAnswered, { status }));
  }
  const { code, detail, errors, ...members } = body as Record<string, unknown>;
  const after = response.headers.get('retry-after');
  const wait = status === 429 && after ? ` ${fill(m.shell.tryAgainIn, { after })}` : '';
  return new ApiProblem(
    status,
    String(code),
    `${String(detail)}${wait}`,
    Array.isArray(errors) ? errors : [],
    members,
  );
}

/** The sentence that tells a person what went wrong. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : m.shell.somethingWentWrong;
}

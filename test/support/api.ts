import { API_KEY, type Gateway } from './gateway.js';
import { PATIENCE_MS } from './patience.js';

export interface EventJson {
  event_id: number;
  type: string;
  status: string | null;
  provider_status: string | null;
  sequence: number | null;
  source: string;
  outcome: string;
  detail: Record<string, unknown>;
  occurred_at: string | null;
  received_at: string;
}

export interface CallJson {
  workflow_run_id: number;
  workflow_id: number;
  user_id: number;
  direction: string;
  provider: string;
  account: string;
  simulated: boolean;
  from: string;
  to: string;
  provider_call_id: string | null;
  status: string;
  streaming: boolean;
  transcribed: boolean;
  instance: string | null;
  answered_at: string | null;
  ended_at: string | null;
  duration_seconds: number | null;
  end_reason: string | null;
  answered_by: string | null;
  sip_code: number | null;
  context: Record<string, unknown>;
  workflow_version: number | null;
  facts: Record<string, unknown>;
  events: EventJson[];
}

export interface ProblemJson {
  code: string;
  detail: string;
  errors: Array<{ field: string; message: string }>;
}

export interface Reply<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Our own API, as a user calls it. */
export class Api {
  constructor(
    private readonly gateway: Pick<Gateway, 'url'>,
    readonly key: string | null = API_KEY,
  ) {}

  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<T>> {
    const response = await fetch(`${this.gateway.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.key === null ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        // The other end may close a kept connection just when it is used again.
        connection: 'close',
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as T,
    };
  }

  async call(runId: number): Promise<CallJson> {
    return (await this.request<CallJson>('GET', `/telephony/calls/${runId}`)).body;
  }

  async place(body: Record<string, unknown>): Promise<CallJson> {
    const reply = await this.request<CallJson>('POST', '/telephony/calls', {
      workflow_id: 1,
      ...body,
    });
    if (reply.status !== 201) throw new Error(`placing failed: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** Until a call has these fields. */
  become({ workflow_run_id: runId }: CallJson, fields: Partial<CallJson>): Promise<CallJson> {
    return this.until(runId, (now) =>
      Object.entries(fields).every(([name, value]) => now[name as keyof CallJson] === value),
    );
  }

  /** Until it has ended. */
  over(runId: number): Promise<CallJson> {
    return this.until(runId, ({ ended_at }) => ended_at !== null);
  }

  /** Returns the call once it matches; fails after `patienceMs`. */
  async until(
    runId: number,
    fits: (call: CallJson) => boolean,
    patienceMs = PATIENCE_MS,
  ): Promise<CallJson> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const call = await this.call(runId);
      if (fits(call)) return call;
      if (performance.now() > giveUpAt) {
        throw new Error(`it did not come to this: ${String(fits)}; ${JSON.stringify(call)}`);
      }
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}

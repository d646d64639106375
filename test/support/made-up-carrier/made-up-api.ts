import type { CallIds } from '../../../src/calls/ledger/call-ids.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../../../src/providers/calls-port.js';
import type { DoResult } from '../../../src/providers/ingress.js';

interface ApiReply {
  status: number;
  body: Record<string, unknown>;
}

/** Refusals that another account of ours may not meet. */
const OF_THE_ACCOUNT = new Set(['unauthorized', 'no_money']);

/** The made-up carrier's API: JSON, a key as bearer. */
export class MadeUpApi extends CallsPort {
  constructor(
    private readonly baseUrl: string,
    private readonly key: string,
  ) {
    super();
  }

  async place(call: PlaceCall): Promise<DialResult> {
    if (!call.urls) return { kind: 'unreachable', message: 'there is no public address' };
    const reply = await this.ask(
      'POST',
      '/dials',
      {
        to: call.to,
        from: call.from,
        events_url: call.urls.events,
        ring_seconds: call.ringTimeoutSeconds,
        max_seconds: call.maxDurationSeconds,
      },
      { 'Idempotency-Key': call.idempotencyKey },
    );
    if (typeof reply === 'string') return { kind: 'unreachable', message: reply };
    const { request_id: request, error } = reply.body;
    if (reply.status === 202 && typeof request === 'string') {
      return { kind: 'accepted', ids: { call: null, request }, accountId: null, httpStatus: 202 };
    }
    return typeof error === 'string'
      ? {
          kind: 'rejected',
          blame: OF_THE_ACCOUNT.has(error) ? 'account' : 'request',
          code: error,
          message: error,
          httpStatus: reply.status,
        }
      : { kind: 'unknown', message: `HTTP ${reply.status}`, httpStatus: reply.status };
  }

  async end(ids: CallIds): Promise<EndCallResult> {
    const reply = await this.ask('DELETE', pathOf(ids));
    if (typeof reply === 'string') return { kind: 'failed', message: reply, retryable: true };
    if (reply.status === 204) return { kind: 'accepted' };
    return reply.status === 404
      ? { kind: 'already-ended' }
      : { kind: 'failed', message: `HTTP ${reply.status}`, retryable: reply.status >= 500 };
  }

  async lookUp(ids: CallIds): Promise<LookUpResult> {
    const reply = await this.ask('GET', pathOf(ids));
    if (typeof reply === 'string') return { kind: 'failed', message: reply };
    if (reply.status === 404) return { kind: 'not-found' };
    if (reply.status !== 200) return { kind: 'failed', message: `HTTP ${reply.status}` };
    return { kind: reply.body['alive'] === true ? 'alive' : 'ended' };
  }

  async search(): Promise<SearchResult> {
    return { kind: 'unsupported' };
  }

  async instruct(method: string, path: string, body?: object): Promise<DoResult> {
    const reply = await this.ask(method, path, body);
    if (typeof reply === 'string') return { kind: 'failed', message: reply };
    return reply.status === 204
      ? { kind: 'done' }
      : { kind: 'failed', message: `HTTP ${reply.status}` };
  }

  /** Returns a text where the API could not be reached. */
  private async ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<ApiReply | string> {
    try {
      const reply = await fetch(this.baseUrl + path, {
        method,
        headers: {
          Authorization: `Bearer ${this.key}`,
          'Content-Type': 'application/json',
          Connection: 'close',
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await reply.text();
      return {
        status: reply.status,
        body: text === '' ? {} : (JSON.parse(text) as object as never),
      };
    } catch {
      return 'nobody listens';
    }
  }
}

function pathOf({ call, request }: CallIds): string {
  return call === null ? `/dials/${request ?? ''}` : `/calls/${call}`;
}

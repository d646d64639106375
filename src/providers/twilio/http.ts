import { failureWithout } from '../api-failure.js';
import { basic } from '../basic.js';
import { oneRequest } from '../one-request.js';
import { failureIn, RequestFailed, type Reply } from './failure.js';

/** What Twilio's client passes to its HTTP client; only the members that are used here. */
interface ApiRequest {
  method: string;
  uri: string;
  username?: string;
  password?: string;
  headers?: Record<string, string>;
  /** The query; undefined members are left out, lists repeat their name. */
  params?: object;
  /** The form. */
  data?: object;
}

/**
 * Makes one request on one connection with one deadline for all of it. It replaces the client's own
 * HTTP, which follows `HTTP_PROXY` and `TWILIO_*` of the environment, waits without limit for a
 * reply that trickles, and does not say whether a failed request was sent. Redirects are not
 * followed.
 */
export class TwilioHttp {
  /**
   * Milliseconds by which the clock of the latest reply was ahead of ours, accurate to a second;
   * null: the reply had no time.
   */
  aheadMs: number | null = null;

  constructor(private readonly timeoutMs: number) {}

  /** @throws RequestFailed unless the reply is a success */
  async request(asked: ApiRequest): Promise<Reply> {
    const askedAt = Date.now();
    const reply = await this.send(asked);
    const now = Date.now();
    const failure = failureIn(reply, new Date(now));
    // A page of a proxy has the proxy's time.
    if (failure?.kind !== 'unanswered') {
      const theirs = Date.parse(reply.headers.date ?? '');
      // The header is cut to whole seconds, so it is half a second old on average.
      const ahead = theirs + 500 - (askedAt + now) / 2;
      this.aheadMs = Number.isNaN(ahead) ? null : Math.round(ahead);
    }
    if (failure) throw new RequestFailed(failure);
    return reply;
  }

  private async send(asked: ApiRequest): Promise<Reply> {
    const url = new URL(asked.uri);
    if (asked.params) url.search = encode(asked.params);
    const form = asked.data ? encode(asked.data) : '';
    const reply = await oneRequest({
      method: asked.method,
      url,
      headers: {
        Authorization: basic(asked.username ?? '', asked.password ?? ''),
        ...asked.headers,
      },
      text: form,
      timeoutMs: this.timeoutMs,
    });
    if (reply.kind !== 'replied') throw new RequestFailed(failureWithout(reply));
    return { statusCode: reply.status, body: reply.text, headers: reply.headers };
  }
}

type Scalar = string | number | boolean | null | undefined;

function encode(values: object): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(values) as [string, Scalar | Scalar[]][]) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) fields.append(name, String(item));
    }
  }
  return fields.toString();
}

import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { withoutNumbers } from './fields.js';
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

const BODY_MAX = 4 * 1024 * 1024;

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
    const secure = url.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: asked.method,
      // A kept connection may close during a request; after a dial it would then be unknown whether
      // it arrived.
      agent: false,
      auth: `${asked.username ?? ''}:${asked.password ?? ''}`,
      headers: { ...asked.headers, Connection: 'close', 'Content-Length': Buffer.byteLength(form) },
    });
    const deadline = setTimeout(() => {
      const late = new Error(`no reply within ${this.timeoutMs} ms`);
      request.destroy(Object.assign(late, { code: 'timeout' }));
    }, this.timeoutMs);
    try {
      const response = await replyTo(request, secure ? 'secureConnect' : 'connect', form);
      return {
        statusCode: response.statusCode ?? 0,
        body: await readText(response),
        headers: response.headers,
      };
    } finally {
      clearTimeout(deadline);
      request.destroy();
    }
  }
}

function noReply(message: string): RequestFailed {
  return new RequestFailed({ kind: 'unanswered', status: null, message });
}

function replyTo(
  request: ClientRequest,
  connectedEvent: 'connect' | 'secureConnect',
  form: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let connected = false;
    request.once('socket', (socket) => {
      // Data written earlier waits for this event.
      socket.once(connectedEvent, () => {
        connected = true;
      });
    });
    request.once('response', resolve);
    // The listener stays: after the reply, a cut connection also raises the body's error, and only
    // that one counts.
    request.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? 'unknown';
      reject(
        connected
          ? noReply(`${code}: ${withoutNumbers(error.message)}`)
          : new RequestFailed({
              kind: 'unreachable',
              message: `the carrier's API cannot be reached (${code})`,
            }),
      );
    });
    request.end(form);
  });
}

/**
 * A status without its whole body is still a status, so a body that is cut off or endless counts as
 * empty.
 */
async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_MAX) return '';
      chunks.push(chunk);
    }
  } catch {
    return '';
  }
  return Buffer.concat(chunks).toString('utf8');
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

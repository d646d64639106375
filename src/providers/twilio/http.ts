import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** What Twilio's client hands to its HTTP client; the members that are of use here. */
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

interface ApiResponse {
  statusCode: number;
  /** JSON, still as text. */
  body: string;
  headers: IncomingMessage['headers'];
}

/** No reply. */
export class NoReply extends Error {
  constructor(
    message: string,
    /** Node's error code, or `timeout`. */
    readonly code: string,
    /** True when it is certain that not a byte of the request was sent. */
    readonly neverSent: boolean,
  ) {
    super(message);
    this.name = 'NoReply';
  }
}

/** HTTP 429. Twilio's client drops the headers of an error, so that it is told here. */
export class Throttled extends Error {
  readonly status = 429;
  readonly code = 20_429;

  constructor(
    /** When to try again; null when the carrier does not say. */
    readonly retryAfterSeconds: number | null,
  ) {
    super('Too Many Requests');
    this.name = 'Throttled';
  }
}

/** Longer than this is as good as never. */
const RETRY_AFTER_MAX_SECONDS = 3_600;

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3). */
export function retryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined || header.trim() === '') return null;
  const seconds = /^\d+$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - now.getTime()) / 1000;
  if (Number.isNaN(seconds)) return null;
  return Math.min(Math.max(0, Math.ceil(seconds)), RETRY_AFTER_MAX_SECONDS);
}

const BODY_MAX = 4 * 1024 * 1024;

/**
 * One request, one connection, one deadline for all of it. In place of the
 * client's own HTTP, which goes where `HTTP_PROXY` and `TWILIO_*` of the
 * environment say, waits for ever on a reply that trickles, and does not tell
 * whether a failed request was sent. Redirects are not followed.
 */
export class TwilioHttp {
  constructor(private readonly timeoutMs: number) {}

  async request(asked: ApiRequest): Promise<ApiResponse> {
    const url = new URL(asked.uri);
    if (asked.params) url.search = encode(asked.params);
    const form = asked.data ? encode(asked.data) : '';
    const secure = url.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: asked.method,
      // A kept connection may be closed under a request; of a dial that would leave unknown whether it arrived.
      agent: false,
      auth: `${asked.username ?? ''}:${asked.password ?? ''}`,
      headers: { ...asked.headers, Connection: 'close', 'Content-Length': Buffer.byteLength(form) },
    });
    const deadline = setTimeout(() => {
      request.destroy(new NoReply(`no reply within ${this.timeoutMs} ms`, 'timeout', false));
    }, this.timeoutMs);
    try {
      const response = await replyTo(request, secure ? 'secureConnect' : 'connect', form);
      if (response.statusCode === 429) {
        throw new Throttled(retryAfter(response.headers['retry-after'], new Date()));
      }
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

function replyTo(
  request: ClientRequest,
  connectedEvent: 'connect' | 'secureConnect',
  form: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let connected = false;
    request.once('socket', (socket) => {
      // What is written earlier waits for this event.
      socket.once(connectedEvent, () => {
        connected = true;
      });
    });
    request.once('response', resolve);
    // Stays: after the reply a cut connection is the body's error too, and only that one counts.
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error instanceof NoReply
          ? error
          : new NoReply(error.message, error.code ?? 'unknown', !connected),
      );
    });
    request.end(form);
  });
}

/** A status without its whole body is still a status, so a body that is cut off or endless counts as empty. */
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

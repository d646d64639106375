import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { guardedLookup, outboundProblem, type OutboundRules } from '../../shared/outbound-guard.js';
import { LATE, within } from '../../shared/within.js';

/** Connections are kept, so that a reply does not wait for another handshake. */
const KEPT = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 64, timeout: 60_000 };
const HTTP = new HttpAgent(KEPT);
const HTTPS = new HttpsAgent(KEPT);
/** What is read of a reply that says what is wrong. */
const FAULT_BYTES_MAX = 16 * 1024;
const FAULT_CHARACTERS_MAX = 200;
const LISTED_WITHIN_MS = 5_000;

/** A server of a model did not do what it was asked. The message names neither keys nor what was said. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  /** @param status of HTTP; null: there was no reply, or it broke off */
  constructor(
    message: string,
    readonly status: number | null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing(): boolean {
    const { status } = this;
    return status === null || status === 408 || status === 429 || status >= 500;
  }
}

export interface ModelRequest {
  /** Below the base URL, such as `chat/completions`. */
  path: string;
  contentType: string;
  body: Buffer | string;
  /** How long the server may take until its reply begins, in milliseconds. */
  beginsWithinMs: number;
  signal: AbortSignal;
}

type Asked = Omit<ModelRequest, 'contentType'> & { contentType: string | null };

export interface ServerAccess {
  /** Such as `https://api.openai.com/v1`, no trailing slash. */
  baseUrl: string;
  /** Null: none is sent. */
  key: string | null;
  /** Hosts that may be private or speak plain http: `AGENT_ALLOWED_HOSTS`. */
  allowedHosts: readonly string[];
}

/** Why such a server may not be asked, to go on after its name; null: it may. */
export function serverProblem({ baseUrl, allowedHosts }: Omit<ServerAccess, 'key'>): string | null {
  if (!URL.canParse(baseUrl)) return 'must be a URL';
  return outboundProblem(new URL(baseUrl), rulesFor(allowedHosts));
}

function rulesFor(trustedHosts: readonly string[]): OutboundRules {
  return { schemes: ['https', 'http'], trustedHosts, setting: 'AGENT_ALLOWED_HOSTS' };
}

/**
 * Where a WebSocket of such a server is.
 * @throws ModelError where it may not be asked
 */
export function socketOf(access: ServerAccess, path: string) {
  const problem = serverProblem(access);
  if (problem !== null) throw new ModelError(`the URL of a server ${problem}`, null);
  const url = new URL(`${access.baseUrl}/${path}`);
  const lookup = guardedLookup(url, rulesFor(access.allowedHosts));
  url.protocol = url.protocol.replace('http', 'ws');
  return { url, key: access.key, ...(lookup ? { lookup } : {}) };
}

/** A server with an API like OpenAI's. The address of its name is checked where the connection is made; redirects are not followed. */
export class ModelServer {
  /** @param name for messages: `the speech server` */
  constructor(
    private readonly name: string,
    private readonly access: ServerAccess,
  ) {}

  /**
   * Resolves with a reply whose status is 2xx, unread.
   * @throws ModelError; the signal's reason where it was aborted
   */
  async post(asked: ModelRequest): Promise<IncomingMessage> {
    const reply = await this.reply('POST', asked);
    const { statusCode = 0 } = reply;
    if (statusCode >= 200 && statusCode < 300) return reply;
    const words = await faultIn(reply);
    throw new ModelError(`${this.name} answers ${statusCode}${words}`, statusCode);
  }

  /**
   * For the doctor: asks for the list of models, which costs nothing. A server that has none is well, too.
   * @returns null: it is there and takes the key
   */
  async fault(signal: AbortSignal): Promise<{ problem: string; fix: string } | null> {
    const asked = {
      path: 'models',
      contentType: null,
      body: '',
      beginsWithinMs: LISTED_WITHIN_MS,
      signal,
    };
    try {
      const reply = await this.reply('GET', asked);
      reply.destroy();
      const { statusCode = 0 } = reply;
      if (statusCode !== 401 && statusCode !== 403) return null;
      return {
        problem: `it refuses the key (HTTP ${statusCode})`,
        fix: "Correct the key in the workflow's options, or OPENAI_API_KEY.",
      };
    } catch (error) {
      const why =
        signal.aborted || !(error instanceof ModelError) ? 'it does not answer' : error.message;
      return {
        problem: why,
        fix: "Start the server, or correct its address in the workflow's options.",
      };
    }
  }

  /** Whatever its status is. @throws ModelError; the signal's reason where it was aborted */
  private async reply(
    method: 'GET' | 'POST',
    { path, contentType, body, beginsWithinMs, signal }: Asked,
  ): Promise<IncomingMessage> {
    const { baseUrl, key, allowedHosts } = this.access;
    const url = new URL(`${baseUrl}/${path}`);
    const rules = rulesFor(allowedHosts);
    const problem = outboundProblem(url, rules);
    if (problem !== null) throw new ModelError(`the URL of ${this.name} ${problem}`, null);
    const lookup = guardedLookup(url, rules);
    const isSecure = url.protocol === 'https:';
    const late = new AbortController();
    const replied = new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(
        url,
        {
          method,
          agent: isSecure ? HTTPS : HTTP,
          signal: AbortSignal.any([signal, late.signal]),
          headers: {
            ...(contentType === null
              ? {}
              : { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
            ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
          },
          ...(lookup ? { lookup } : {}),
        },
        resolve,
      );
      request.on('error', reject);
      request.end(body);
    });
    const reply = await within(
      beginsWithinMs,
      replied.catch((error: unknown) => this.failed(error, signal)),
    );
    if (reply !== LATE) return reply;
    late.abort();
    throw new ModelError(`${this.name} did not answer within ${beginsWithinMs / 1_000} s`, null);
  }

  /** Reads the rest of a reply as JSON. @throws ModelError */
  async json(reply: IncomingMessage, bytesMax: number, signal: AbortSignal): Promise<unknown> {
    try {
      return JSON.parse((await readAll(reply, bytesMax)).toString('utf8')) as unknown;
    } catch (error) {
      throw error instanceof SyntaxError
        ? new ModelError(`${this.name} answers with something else than JSON`, null)
        : this.broken(error, signal);
    }
  }

  /** What a failure while a reply is read means. */
  broken(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof ModelError) return error;
    return new ModelError(`the answer of ${this.name} broke off (${codeOf(error)})`, null);
  }

  private failed(error: unknown, signal: AbortSignal): never {
    if (signal.aborted) throw signal.reason;
    throw new ModelError(`${this.name} cannot be reached (${codeOf(error)})`, null);
  }
}

async function readAll(reply: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of reply as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new ModelError('the answer is too long', null);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What the server says is wrong, after a colon; empty where it says nothing that can be read. */
async function faultIn(reply: IncomingMessage): Promise<string> {
  try {
    const told = JSON.parse((await readAll(reply, FAULT_BYTES_MAX)).toString('utf8')) as {
      error?: { message?: unknown } | string;
      detail?: unknown;
    };
    const { error, detail } = told;
    const words = typeof error === 'object' ? error.message : (error ?? detail);
    return typeof words === 'string' ? `: ${words.slice(0, FAULT_CHARACTERS_MAX)}` : '';
  } catch {
    reply.destroy();
    return '';
  }
}

function codeOf(error: unknown): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}

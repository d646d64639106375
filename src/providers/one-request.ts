import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface OneRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** The body; empty where there is none. */
  text: string;
  /** Milliseconds for all of it: connection, request and the whole reply. */
  timeoutMs: number;
}

export interface OneReply {
  kind: 'replied';
  status: number;
  headers: IncomingHttpHeaders;
  /** Empty where it was cut off, or has no end. */
  text: string;
}

export type NoReply =
  /** Not a byte of the request was sent: nothing was done. */
  | { kind: 'unreachable'; message: string }
  /** There was no reply: it is not known whether the request was carried out. */
  | { kind: 'lost'; message: string };

const BODY_MAX = 4 * 1024 * 1024;

/**
 * Makes one request on one connection with one deadline. Nothing of the environment plays a part, redirects are
 * not followed, nothing is repeated, and nothing is thrown. No message holds an address or a credential.
 */
export async function oneRequest(asked: OneRequest): Promise<OneReply | NoReply> {
  const { method, url, headers, text, timeoutMs } = asked;
  const secure = url.protocol === 'https:';
  const request = (secure ? httpsRequest : httpRequest)(url, {
    method,
    // A kept connection may close during a request; after a dial it would then be unknown whether it arrived.
    agent: false,
    headers: { ...headers, Connection: 'close', 'Content-Length': Buffer.byteLength(text) },
  });
  const deadline = setTimeout(() => {
    const late = new Error(`no reply within ${timeoutMs} ms`);
    request.destroy(Object.assign(late, { code: 'timeout' }));
  }, timeoutMs);
  try {
    const response = await replyTo(request, secure ? 'secureConnect' : 'connect', text);
    if ('kind' in response) return response;
    const reply = await readText(response);
    return {
      kind: 'replied',
      status: response.statusCode ?? 0,
      headers: response.headers,
      text: reply,
    };
  } finally {
    clearTimeout(deadline);
    request.destroy();
  }
}

function replyTo(
  request: ClientRequest,
  connectedEvent: 'connect' | 'secureConnect',
  text: string,
): Promise<IncomingMessage | NoReply> {
  return new Promise((resolve) => {
    let connected = false;
    request.once('socket', (socket) => {
      // What is written earlier waits for this event.
      socket.once(connectedEvent, () => {
        connected = true;
      });
    });
    request.once('response', resolve);
    // The listener stays: a connection that is cut after the reply raises this error too.
    request.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      resolve(
        connected
          ? { kind: 'lost', message: `no reply (${code})` }
          : { kind: 'unreachable', message: `the carrier's API cannot be reached (${code})` },
      );
    });
    request.end(text);
  });
}

/** A status without its whole body is still a status. */
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

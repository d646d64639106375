import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** A request as no honest client sends it. */
export interface UnrulyRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Announces this many bytes more than it sends, and waits. */
  withheldBytes?: number;
  /** Keeps sending, in chunks, until there is a reply. */
  endless?: boolean;
}

export interface UnrulyReply {
  status: number;
  type: string;
  /** Of the reply's body; of a stream of events none is read. */
  text: string;
  /** Whether all of it could be read. */
  whole: boolean;
  /** Bytes of the request that were passed to the system. */
  sentBytes: number;
  /** Resolves when the connection is gone. */
  closed: Promise<void>;
  hangUp(): void;
}

const PIECE = Buffer.alloc(16 * 1024, 'x');
const REPLY_BYTES_MAX = 4 * 1024 * 1024;

/** Sends it and waits for the reply, however long that takes; not for the request to be read. */
export async function askUnruly(url: string, unruly: UnrulyRequest): Promise<UnrulyReply> {
  const { method, path, headers = {}, body = '', withheldBytes = 0, endless = false } = unruly;
  const length = Buffer.byteLength(body) + withheldBytes;
  const sent = request(new URL(url), {
    method,
    path,
    agent: false,
    headers: {
      ...headers,
      ...(endless ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) }),
    },
  });
  let sentBytes = Buffer.byteLength(body);
  const answered = once(sent, 'response');
  answered.catch(() => undefined);
  const [socket] = (await once(sent, 'socket')) as [Socket];
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // After the reply the connection may be cut while data is still being sent.
  sent.on('error', () => undefined);
  sent.write(body === '' ? '' : body);
  if (!endless && withheldBytes === 0) sent.end();
  else sent.flushHeaders();
  if (endless) sentBytes += await sendOn(sent, Promise.race([answered, closed]));
  const [response] = (await answered) as [IncomingMessage];
  const type = response.headers['content-type'] ?? '';
  const read = type.startsWith('text/event-stream')
    ? { text: '', whole: true }
    : await readAll(response);
  return {
    status: response.statusCode ?? 0,
    type,
    ...read,
    sentBytes,
    closed,
    hangUp: () => socket.destroy(),
  };
}

/** Sends piece after piece until `enough`; returns how many bytes that were. */
async function sendOn(sent: ClientRequest, enough: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  void enough.catch(() => undefined).then(() => over.abort());
  let bytes = 0;
  while (!over.signal.aborted) {
    bytes += PIECE.length;
    if (sent.write(PIECE)) await new Promise((next) => setImmediate(next));
    else await once(sent, 'drain', { signal: over.signal }).catch(() => undefined);
  }
  return bytes;
}

async function readAll(response: IncomingMessage): Promise<{ text: string; whole: boolean }> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const piece of response) {
      text += String(piece);
      if (text.length > REPLY_BYTES_MAX) throw new Error('the reply does not end');
    }
    return { text, whole: true };
  } catch {
    return { text, whole: false };
  }
}

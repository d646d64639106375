import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { STREAM_PATH, toWss } from '../../urls/call-urls.js';
import type { Examination } from '../examination.js';
import { timedOut, type OutsideReply } from '../outside.js';
import { readArrived, type Arrived } from './arrived.js';
import { PROBE_HEADER } from './probes.js';

const HANDSHAKE_MS = 5_000;
const REPLY_BYTES_MAX = 64 * 1024;

type Asking = Pick<Examination, 'outside' | 'probes' | 'road' | 'signal'>;

/** Asks a public URL what arrived; null if the reply was not ours. Never rejects. */
export async function askEcho(
  examination: Asking,
  url: string,
  request: { headers: Record<string, string>; body: string; host?: string },
): Promise<{ reply: OutsideReply; arrived: Arrived | null } | { error: Error }> {
  const { outside, probes, signal } = examination;
  const nonce = probes.issue();
  try {
    const reply = await outside.request(url, {
      method: 'POST',
      headers: { ...request.headers, [PROBE_HEADER]: nonce },
      body: request.body,
      ...(request.host === undefined ? {} : { host: request.host }),
      signal,
    });
    return { reply, arrived: readArrived(reply.body) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    probes.revoke(nonce);
  }
}

export type SocketOutcome =
  | { kind: 'open'; socket: WebSocket; url: string; arrived: Arrived }
  /** The upgrade was answered, but not with 101. */
  | {
      kind: 'answered';
      status: number;
      location: string | undefined;
      server: string | null;
      arrived: Arrived | null;
    }
  | { kind: 'failed'; error: NodeJS.ErrnoException };

/** Opens the doctor's socket through the public URL. The calling code must end a socket that is open. Never rejects. */
export async function openProbeSocket(
  examination: Asking,
  headers: Record<string, string> = {},
): Promise<SocketOutcome> {
  const { outside, probes, road, signal } = examination;
  const nonce = probes.issue();
  const url = `${toWss(road.origin)}${STREAM_PATH}/${nonce}`;
  const socket = outside.webSocket(url, { ...headers, [PROBE_HEADER]: nonce });
  const stop = (): void => socket.terminate();
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    stop();
  }, HANDSHAKE_MS);
  signal.addEventListener('abort', stop, { once: true });
  let outcome = await new Promise<SocketOutcome>((resolve) => {
    socket.once('message', (data: Buffer) => {
      const arrived = readArrived(data.toString('utf8'));
      if (arrived) resolve({ kind: 'open', socket, url, arrived });
      else resolve({ kind: 'failed', error: new Error('somebody else answered the WebSocket') });
    });
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      void readText(response).then((text) => {
        resolve({
          kind: 'answered',
          status: response.statusCode ?? 0,
          location: response.headers.location,
          server: serverOf(response.headers),
          arrived: readArrived(text),
        });
      });
    });
    // This listener stays, because terminating a socket that has not opened is an error of its own.
    socket.on('error', (error) => resolve({ kind: 'failed', error }));
    socket.once('close', () =>
      resolve({ kind: 'failed', error: new Error('the connection was closed') }),
    );
  });
  clearTimeout(deadline);
  probes.revoke(nonce);
  if (late) outcome = { kind: 'failed', error: timedOut() };
  if (outcome.kind !== 'open') {
    signal.removeEventListener('abort', stop);
    socket.terminate();
  }
  return outcome;
}

/** The name that the answering server gives itself, without versions; null if it gives none. */
export function serverOf(headers: IncomingMessage['headers']): string | null {
  const name = String(headers.server ?? headers.via ?? '');
  return /^[\w .-]{1,60}/.exec(name)?.[0]?.trim() || null;
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8');
      if (text.length > REPLY_BYTES_MAX) break;
    }
  } catch {
    // A truncated body is not this service's reply.
  }
  return text;
}

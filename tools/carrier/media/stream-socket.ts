import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Network } from '../network.js';

export interface StreamSocketOptions {
  url: string;
  /** `x-twilio-signature`; null leaves the header out. */
  signature: string | null;
  network: Network;
  answersPings: boolean;
  headers?: Record<string, string>;
}

export type SocketOpening =
  | { kind: 'open' }
  /** The upgrade was answered with a status other than 101. */
  | { kind: 'refused'; status: number; body: string }
  | { kind: 'failed'; code: number; message: string };

/** Twilio does not document this. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * The upgrade as captured from Twilio: no Origin, no subprotocol, no
 * extensions. Attach listeners to `socket` at once, before awaiting anything.
 */
export function openStreamSocket(options: StreamSocketOptions): {
  socket: WebSocket;
  opening: Promise<SocketOpening>;
} {
  const { address, options: connection } = options.network.webSocket(options.url);
  const socket = new WebSocket(address, {
    ...connection,
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    autoPong: options.answersPings,
    headers: {
      'User-Agent': 'Twilio.TmeWs/1.0',
      ...(options.signature === null ? {} : { 'x-twilio-signature': options.signature }),
      ...options.headers,
    },
  });
  const opening = new Promise<SocketOpening>((resolve) => {
    socket.once('open', () => resolve({ kind: 'open' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: 'failed', code: failureCode(error), message: error.message });
    });
    socket.once('close', () => {
      resolve({ kind: 'failed', code: 31_903, message: 'closed while connecting' });
    });
    socket.once('unexpected-response', (request, reply) => {
      void readText(reply).then((body) => {
        resolve({ kind: 'refused', status: reply.statusCode ?? 0, body });
        request.destroy();
        return socket.terminate();
      });
    });
  });
  return { socket, opening };
}

function readText(reply: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = () => resolve(Buffer.concat(chunks).toString('utf8'));
    reply.on('data', (chunk: Buffer) => chunks.push(chunk));
    reply.once('end', finish);
    reply.once('error', finish);
    reply.once('close', finish);
  });
}

/** Stream error codes (Twilio docs, error dictionary 319xx). */
function failureCode(error: NodeJS.ErrnoException): number {
  const { code = '', message } = error;
  if (code === 'ECONNREFUSED') return 31_902;
  if (code === 'ENOTFOUND' || code === 'EHOSTUNREACH' || code === 'EAI_AGAIN') return 31_904;
  if (/timed out/i.test(message)) return 31_901;
  if (/CERT|SSL|TLS|EPROTO|SIGNED/.test(code)) return 31_910;
  if (code === 'ECONNRESET' || /socket hang up/i.test(message)) return 31_903;
  return 31_924;
}

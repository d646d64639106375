import type { WebSocket } from 'ws';
import { Network } from '../network.js';
import { newSid } from '../sids.js';
import { signUpgrade } from '../signing/signature.js';
import { CONNECTED_MESSAGE, mediaMessage, startMessage } from './stream-messages.js';
import { openStreamSocket } from './stream-socket.js';

/** A media stream opened by hand, genuine or forged, for tests of what the gateway refuses. */
export interface ConnectStreamOptions {
  /** `wss://host/path`, as the gateway is known to the carrier. */
  url: string;
  /** Signs the upgrade over `url`. */
  authToken?: string;
  /** Replaces the true signature; null leaves the header out. */
  signature?: string | null;
  headers?: Record<string, string>;
  /** Where host names lead. Default: where they resolve to. */
  network?: Network;
  callSid?: string;
  accountSid?: string;
  streamSid?: string;
  customParameters?: Record<string, string>;
  /** Whether `connected` and `start` follow the upgrade. Default true. */
  sendStart?: boolean;
}

export interface StreamClient {
  readonly socket: WebSocket;
  readonly streamSid: string;
  /** Every message of the gateway, parsed; text that is not JSON stays text. */
  readonly received: unknown[];
  /** Resolves with the gateway's close code; 1006 when the connection broke. */
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Sends text as it is, and anything else as JSON. */
  send(message: unknown): void;
  /** Sends the caller's next 20 ms. */
  sendAudio(audio: Buffer): void;
  /** Breaks the connection. */
  destroy(): void;
}

export type StreamConnection =
  | { kind: 'open'; client: StreamClient }
  | { kind: 'refused'; status: number; body: string }
  | { kind: 'failed'; code: number; message: string };

/** Opens a stream outside any simulated call. The calling code must close it. */
export async function connectStream(options: ConnectStreamOptions): Promise<StreamConnection> {
  const { url, authToken, signature, customParameters = {} } = options;
  const callSid = options.callSid ?? newSid('CA');
  const accountSid = options.accountSid ?? newSid('AC');
  const streamSid = options.streamSid ?? newSid('MZ');
  const signed = authToken === undefined ? null : signUpgrade(url, authToken);
  const { socket, opening } = openStreamSocket({
    url,
    signature: signature === undefined ? signed : signature,
    network: options.network ?? new Network({}),
    answersPings: true,
    headers: options.headers ?? {},
  });
  const received: unknown[] = [];
  socket.on('message', (data) => received.push(parsed((data as Buffer).toString('utf8'))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
  const outcome = await opening;
  if (outcome.kind !== 'open') return outcome;
  let sequence = 1;
  let chunk = 0;
  const send = (message: unknown) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  if (options.sendStart !== false) {
    send(CONNECTED_MESSAGE);
    send(startMessage(1, { streamSid, callSid, accountSid, customParameters }));
  }
  const sendAudio = (audio: Buffer) => {
    chunk++;
    send(mediaMessage(streamSid, ++sequence, chunk, 80 + chunk * 20, audio));
  };
  const destroy = () => socket.terminate();
  return {
    kind: 'open',
    client: { socket, streamSid, received, closed, send, sendAudio, destroy },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

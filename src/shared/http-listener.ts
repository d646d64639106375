import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Longer than any usual proxy keeps a connection that is idle (nginx and ALB
 * 60 s, cloudflared 90 s, Caddy 120 s, Google Cloud 600 s): who closes first must
 * be the proxy, or a webhook that it sends at that moment is lost.
 * https://github.com/nodejs/node/issues/20256
 */
export const IDLE_MS = 620_000;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
/** Node's own default is 30 s, by which a slow sender had four times its time. */
const CHECKED_EVERY_MS = 1_000;
/** Peers that vanished without a word are found by the system's own probes. */
const PROBED_AFTER_MS = 60_000;

/** For every HTTP server of this service; what belongs to the constructor alone. */
export const LISTENER_OPTIONS: ServerOptions = {
  keepAliveTimeout: IDLE_MS,
  headersTimeout: HEADERS_WITHIN_MS,
  requestTimeout: REQUEST_WITHIN_MS,
  connectionsCheckingInterval: CHECKED_EVERY_MS,
  keepAlive: true,
  keepAliveInitialDelay: PROBED_AFTER_MS,
};

/**
 * Bounds a server's connections. When all places but a tenth are taken, the one
 * that has been idle longest makes room for each that comes: idle ones are kept
 * long, and must not keep others out. Beyond the last place Node drops what comes.
 *
 * A connection that was opened ahead of use, as proxies do, is idle like any
 * other: Node would tell it 408 after ten seconds, which nobody has asked and
 * the proxy takes for the reply to what it asks next.
 *
 * @returns every open connection, upgraded ones too, for whoever ends the server
 */
export function boundConnections(server: Server, connectionsMax: number): ReadonlySet<Socket> {
  server.maxConnections = connectionsMax;
  const roomy = Math.max(1, Math.floor(connectionsMax * 0.9));
  const open = new Set<Socket>();
  /** In the order in which they became idle. */
  const idle = new Set<Socket>();
  const replies = new WeakMap<Socket, ServerResponse>();

  server.on('connection', (socket: Socket) => {
    const [longest] = idle;
    if (open.size >= roomy) longest?.destroy();
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    replies.set(socket, response);
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket);
    });
  });
  server.once('listening', () => {
    // Whoever listens for upgrades must answer them: only beside one who does.
    if (server.listenerCount('upgrade') === 0) return;
    server.on('upgrade', ({ socket }: IncomingMessage) => idle.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) {
      // Node does not count it again before its first byte.
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      return;
    }
    const begun = replies.get(socket);
    // As Node does where nobody listens for the error: never into a reply.
    if (socket.writable && (!begun?.headersSent || begun.writableFinished)) {
      const status = STATUS_OF_ERROR[error.code ?? ''] ?? '400 Bad Request';
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nCache-Control: no-store\r\n\r\n`);
    }
    socket.destroy();
  });
  return open;
}

const STATUS_OF_ERROR: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
};

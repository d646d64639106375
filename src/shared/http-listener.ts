import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Longer than any usual proxy keeps a connection that is idle (nginx and ALB 60
 * s, cloudflared 90 s, Caddy 120 s, Google Cloud 600 s): the proxy must close
 * first, or a webhook that it sends at that moment is lost.
 * https://github.com/nodejs/node/issues/20256
 */
export const IDLE_MS = 620_000;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 30_000;
/** Node's own default is 30 s, which gave a slow sender four times its limit. */
const CHECKED_EVERY_MS = 1_000;
/** The system's own probes find peers that vanished without closing. */
const PROBED_AFTER_MS = 60_000;

/** Options for every HTTP server of this service; those that only the constructor accepts. */
export const LISTENER_OPTIONS: ServerOptions = {
  keepAliveTimeout: IDLE_MS,
  headersTimeout: HEADERS_WITHIN_MS,
  requestTimeout: REQUEST_WITHIN_MS,
  connectionsCheckingInterval: CHECKED_EVERY_MS,
  keepAlive: true,
  keepAliveInitialDelay: PROBED_AFTER_MS,
};

/**
 * Bounds a server's connections. When all places but a tenth are taken, the
 * connection that has been idle longest is closed for each new one: idle
 * connections are kept for a long time, and must not keep others out. Beyond the
 * last place Node drops new connections.
 *
 * A connection that a proxy opens ahead of use is idle like any other. Node would
 * send it 408 after ten seconds without a request, and the proxy would take that
 * for the reply to its next request.
 *
 * @returns every open connection, including upgraded ones, for the code that
 *   closes the server
 */
export function boundConnections(server: Server, connectionsMax: number): ReadonlySet<Socket> {
  server.maxConnections = connectionsMax;
  const roomy = Math.max(1, Math.floor(connectionsMax * 0.9));
  const open = new Set<Socket>();
  /** Idle connections, in the order in which they became idle. */
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
    // A listener for upgrades must answer them, so this one is added only where another listener
    // does.
    if (server.listenerCount('upgrade') === 0) return;
    server.on('upgrade', ({ socket }: IncomingMessage) => idle.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0) {
      // Node does not time the connection again before its first byte.
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      return;
    }
    const begun = replies.get(socket);
    // This does what Node does without an error listener: it never writes into a reply.
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

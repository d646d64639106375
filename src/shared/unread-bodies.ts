import type { IncomingMessage, ServerResponse } from 'node:http';

/** Long enough for a client that writes on to find the reply. */
const LINGER_MS = 5_000;

/**
 * For a request that is answered before its body has come in, as one without a
 * key or with too large a body is: what still comes is let pass for a moment,
 * so that the client reads the reply, and then the connection is closed.
 */
export function endUnreadBody(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    setTimeout(() => {
      if (!request.complete) socket.destroy();
    }, LINGER_MS).unref();
  });
}

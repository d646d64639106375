import type { IncomingMessage, ServerResponse } from 'node:http';

/** Long enough for a client that writes on to find the reply. */
const LINGER_MS = 5_000;
const LINGER_BYTES = 1024 * 1024;

/**
 * For a reply that goes out before the request's body has come in, as to one
 * without a key or with too large a body; to be called before it is sent. What
 * still comes is let pass for a moment and the connection closed then: closed at
 * once, the client would be told of a lost connection instead of the reply.
 */
export function replyBeforeBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  const closes = !response.shouldKeepAlive;
  // Node itself would close with the last byte of the reply.
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    let left = LINGER_BYTES;
    request.on('data', (piece: Buffer) => {
      left -= piece.length;
      if (left < 0) socket.destroy();
    });
    request.once('end', () => {
      clearTimeout(timer);
      if (closes) socket.end();
    });
    socket.once('close', () => clearTimeout(timer));
    request.resume();
  });
}

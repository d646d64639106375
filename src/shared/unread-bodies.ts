import type { IncomingMessage, ServerResponse } from 'node:http';

/** Long enough for a client that keeps writing to read the reply. */
const LINGER_MS = 5_000;
const LINGER_BYTES = 1024 * 1024;
const LINGER_BYTES_MAX = 16 * LINGER_BYTES;

/**
 * Prepares a reply that is sent before the request's body has arrived, as for a
 * request without a key or with too large a body; must be called before the
 * reply is sent. The rest of the body is discarded for a short time, and then
 * the connection is closed: if it were closed at once, the client would see a
 * lost connection instead of the reply.
 */
export function replyBeforeBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  const closes = !response.shouldKeepAlive;
  // Node itself would close the connection with the last byte of the reply.
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    // As much as came may be under way: the kernel's buffers of both sides grow with a long upload.
    let left = Math.min(Math.max(LINGER_BYTES, socket.bytesRead), LINGER_BYTES_MAX);
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

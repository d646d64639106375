import type { IncomingMessage, ServerResponse } from 'node:http';

/** A body parser of Express, or what works like one. */
export type ReadBody = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Of a body that is too large so much is read and thrown away, so that its sender reads the reply. */
const DISCARDED_BYTES_MAX = 1024 * 1024;
const DISCARD_MS = 2_000;

/** A body larger than allowed; has the status that Express's own parsers give theirs. */
export class BodyTooLarge extends Error {
  readonly status = 413;

  constructor(readonly bytesMax: number) {
    super(`The body is larger than ${bytesMax} bytes.`);
    this.name = 'BodyTooLarge';
  }
}

/**
 * Reads a body with a parser of Express's and bounds what it reads. By
 * themselves they hand their refusal on only when the whole body has come,
 * however long that is; here a body that is too large is refused at once, and
 * soon after it the connection is cut.
 *
 * @param bytesMax of the body on the wire; the parser's own limit bounds what it unpacks to
 */
export function boundedBody(read: ReadBody, bytesMax: number): ReadBody {
  return (request, response, next) => {
    let handedOn = false;
    const handOn = (error?: unknown): void => {
      if (handedOn) return;
      handedOn = true;
      next(error);
    };
    const refuse = (): void => {
      discardRest(request);
      handOn(new BodyTooLarge(bytesMax));
    };
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      refuse();
      return;
    }
    let received = 0;
    const count = (chunk: Buffer): void => {
      received += chunk.length;
      if (received <= bytesMax) return;
      request.off('data', count);
      refuse();
    };
    read(request, response, handOn);
    // After the parser has begun: a listener before it would start the flow too early.
    if (request.headers['transfer-encoding'] !== undefined) request.on('data', count);
  };
}

/** Lets a body run on for a moment, for its sender to read the reply, and then cuts the connection. */
function discardRest(request: IncomingMessage): void {
  let left = DISCARDED_BYTES_MAX;
  const timer = setTimeout(() => request.socket.destroy(), DISCARD_MS);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.socket.destroy();
  });
  request.on('close', () => clearTimeout(timer));
  request.resume();
}

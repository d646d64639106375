import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Instance } from '../../cluster/instance.js';
import { arrivedOf } from './arrived.js';
import type { Probes } from './probes.js';

const BODY_BYTES_MAX = 16 * 1024;

/**
 * Answers the doctor's own requests with what arrived of them. It comes before
 * everything else, so that it sees the requests as they came, on any path.
 */
export function echoMiddleware(
  probes: Probes,
  instance: Instance,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    if (!probes.redeem(request)) {
      next();
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
      else request.destroy();
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      const text = JSON.stringify(arrivedOf(request, Buffer.concat(chunks), instance.id));
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
        'Content-Length': Buffer.byteLength(text),
      });
      response.end(text);
    });
  };
}

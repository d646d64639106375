import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Problem } from './problem.js';

const UNPACK: Record<
  string,
  (packed: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>
> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * The whole body, decompressed; empty where there is none. Reads no further
 * than `maxBytes`, a limit for the bytes as sent and for the decompressed
 * bytes.
 * @throws Problem `payload_too_large`, `invalid_request`
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  const unpack = UNPACK[encoding];
  if (!unpack && encoding !== 'identity') {
    throw new Problem('invalid_request', 'Content-Encoding must be gzip, deflate or br.');
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const sent = await collect(request, maxBytes);
  if (!unpack || sent.length === 0) return sent;
  try {
    return await unpack(sent, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new Problem('invalid_request', `The body cannot be unpacked by ${encoding}.`);
  }
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('payload_too_large', `The body is larger than ${maxBytes / 1024} KiB.`);
}

/** Data after the limit is discarded: the reply is sent while it still arrives. */
async function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  if (request.readableEnded) return Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    };
    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes <= maxBytes) return;
      stop();
      reject(tooLarge(maxBytes));
    };
    const onEnd = (): void => {
      stop();
      resolve(Buffer.concat(pieces));
    };
    const onGone = (): void => {
      stop();
      // The client is gone and does not read this.
      reject(new Problem('invalid_request', 'The body was not sent to its end.'));
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

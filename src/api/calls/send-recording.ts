import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Recording } from '../../calls/recordings/recording.js';
import { Problem } from '../../shared/problem.js';

/**
 * Sends a recording, whole or the one range that was asked for. Several ranges get all of it.
 *
 * @throws Problem for a range beyond the end; RecordingStoreError where the beginning cannot be
 * read. What fails later ends the connection.
 */
export async function sendRecording(
  request: Request,
  response: Response,
  recording: Recording,
  fileName: string,
): Promise<void> {
  const { bytes, tag } = recording;
  response.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-store',
    'Content-Disposition': `attachment; filename="${fileName}"`,
    'Content-Type': 'audio/wav',
    ETag: `"${tag}"`,
  });
  const range = rangeOf(request, response, bytes);
  const { from, to } = range ?? { from: 0, to: bytes };
  const chunks = recording.read(from, to);
  // Read before anything is sent, so that a store that does not answer has a reply of its own.
  const first = request.method === 'HEAD' ? null : await chunks.next();
  response.status(range ? 206 : 200).set('Content-Length', String(to - from));
  if (range) response.set('Content-Range', `bytes ${from}-${to - 1}/${bytes}`);
  if (!first || first.done) {
    response.end();
    return;
  }
  const { value } = first;
  async function* all(): AsyncGenerator<Buffer> {
    yield value;
    yield* chunks;
  }
  // It rejects when the client has gone, too; the connection is closed then in any case.
  await pipeline(Readable.from(all()), response).catch(() => response.destroy());
}

/** Null: all of it is to be sent. */
function rangeOf(
  request: Request,
  response: Response,
  bytes: number,
): { from: number; to: number } | null {
  const condition = request.get('if-range');
  // The content was another one when the client began.
  if (condition !== undefined && condition !== response.get('etag')) return null;
  const ranges = request.range(bytes);
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${bytes}`);
    throw new Problem('range_not_satisfiable', `The recording has ${bytes} bytes.`);
  }
  if (!Array.isArray(ranges) || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  const [only] = ranges;
  return only ? { from: only.start, to: only.end + 1 } : null;
}

import type { FileHandle } from 'node:fs/promises';
import { WAV_HEADER_BYTES } from '../../audio/wav.js';
import { MOMENT_BYTES, MOMENTS_PER_SECOND, SEGMENT_MOMENTS, type LocalSegment } from './segment.js';
import { segmentHeader, type Spool } from './spool.js';

/** What a {@link SegmentWriter} writes of. */
export interface RecordedStream {
  runId: number;
  generation: number;
  /** When it began, in milliseconds since 1970 by this machine's clock. */
  startedAt: number;
}

/** Who is told of segments. Neither throws. */
export interface SegmentListener {
  /** Whether a segment more may wait on this disk; asked before each. */
  hasRoom(): boolean;
  /** Its file is there, and empty. */
  opened(segment: LocalSegment): void;
  /** Nothing more is written to its file. */
  closed(segment: LocalSegment): void;
}

/**
 * Writes the recording of one stream to this machine's disk, in segments of 30 s. The
 * audio is written first and then the header's sizes, so a file is complete whenever the
 * process dies. Calls must not overlap.
 */
export class SegmentWriter {
  private current: { segment: LocalSegment; file: FileHandle } | null = null;
  private n = 0;

  constructor(
    private readonly spool: Spool,
    private readonly stream: RecordedStream,
    private readonly listener: SegmentListener,
  ) {}

  /**
   * Appends moments, left and right in turn. The first makes the first file.
   * @throws when the disk fails, or too much waits on it; what was written before stays
   */
  async append(samples: Buffer): Promise<void> {
    let done = 0;
    while (done < samples.length) {
      this.current ??= await this.begin();
      const { segment, file } = this.current;
      const room = (SEGMENT_MOMENTS - segment.moments) * MOMENT_BYTES;
      const part = samples.subarray(done, done + room);
      await writeAll(file, part, WAV_HEADER_BYTES + segment.moments * MOMENT_BYTES);
      const moments = segment.moments + part.length / MOMENT_BYTES;
      await writeAll(file, segmentHeader(moments), 0);
      segment.moments = moments;
      done += part.length;
      if (moments === SEGMENT_MOMENTS) await this.close();
    }
  }

  /** Ends the segment that is being written, if there is one. Never throws. */
  async close(): Promise<void> {
    if (!this.current) return;
    const { segment, file } = this.current;
    this.current = null;
    await file.close().catch(() => undefined);
    this.listener.closed(segment);
  }

  private async begin(): Promise<{ segment: LocalSegment; file: FileHandle }> {
    if (!this.listener.hasRoom()) throw new Error('too many segments wait to be stored');
    const { runId, generation, startedAt } = this.stream;
    const at = startedAt + (this.n * SEGMENT_MOMENTS * 1_000) / MOMENTS_PER_SECOND;
    const opened = await this.spool.create({ runId, generation, n: this.n }, at);
    this.n += 1;
    this.listener.opened(opened.segment);
    return opened;
  }
}

/** A nearly full disk takes a part, and refuses only the next. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

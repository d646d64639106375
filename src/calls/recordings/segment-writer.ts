import type { FileHandle } from 'node:fs/promises';
import type { DiskTurns } from './disk-turns.js';
import { ENCODING_FORMS } from './recording-encoding.js';
import { MOMENTS_PER_SECOND, SEGMENT_MOMENTS, type LocalSegment } from './segment.js';
import type { Spool } from './spool.js';

const { momentBytes, headerBytes, header } = ENCODING_FORMS.mulaw;
/** Of a length that is not known yet, which programs take as to the end of the file. */
const OPEN_HEADER = header(Number.POSITIVE_INFINITY);

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
 * Writes the recording of one stream to this machine's disk, in segments of 30 s. While one is
 * written its header says that the audio goes on to the end of the file, and at its end how much it
 * is: so a file is complete whenever the process dies. Calls must not overlap.
 */
export class SegmentWriter {
  private current: { segment: LocalSegment; file: FileHandle } | null = null;
  private n = 0;

  constructor(
    private readonly spool: Spool,
    private readonly stream: RecordedStream,
    private readonly listener: SegmentListener,
    private readonly turns: DiskTurns,
  ) {}

  /**
   * Appends moments, μ-law, left and right in turn, when it is this writer's turn. The first makes
   * the first file.
   * @throws when the disk fails, or too much waits on it; what was written before stays
   */
  append(audio: Buffer): Promise<void> {
    return this.turns.take(() => this.write(audio));
  }

  private async write(audio: Buffer): Promise<void> {
    let done = 0;
    while (done < audio.length) {
      this.current ??= await this.begin();
      const { segment, file } = this.current;
      const room = (SEGMENT_MOMENTS - segment.moments) * momentBytes;
      const part = audio.subarray(done, done + room);
      await writeAll(file, part, headerBytes + segment.moments * momentBytes);
      segment.moments += part.length / momentBytes;
      done += part.length;
      if (segment.moments === SEGMENT_MOMENTS) await this.close();
    }
  }

  /** Ends the segment that is being written, if there is one. Never throws. */
  async close(): Promise<void> {
    if (!this.current) return;
    const { segment, file } = this.current;
    this.current = null;
    // Where the disk fails, the file is complete without it.
    await writeAll(file, header(segment.moments), 0).catch(() => undefined);
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
    this.current = opened;
    await writeAll(opened.file, OPEN_HEADER, 0);
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

import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import {
  CHUNK_MOMENTS,
  SILENT_CHUNK,
  type AudioChunks,
} from '../../calls/recordings/audio-chunks.js';

const PER_MS = MULAW_BYTES_PER_SECOND / 1000;
const CHANNELS = 2;
/** It is known only a moment later what the caller has heard. */
const HELD_BACK_MS = 3_000;
/** How late the caller's audio may come and still get its place: it must not be written yet. */
const HELD_UP_MAX_MS = 2_500;
const UNKNOWN = Number.POSITIVE_INFINITY;
/** What may wait for the disk, in moments: 20 s, 320 KB. A disk that is slower ends the recording. */
const WAITING_MAX = 20 * MULAW_BYTES_PER_SECOND;
/** How far a frame may be off its place before there is a gap. */
const LOOSE = 100 * PER_MS;

/** What takes the moments of a recording, μ-law, left and right in turn, in order. */
export interface RecordingSink {
  /** Called about once a second, never again before it has resolved. @throws when the disk fails */
  append(audio: Buffer): Promise<void>;
  /** Called once, at the end. Never throws. */
  close(): Promise<void>;
}

/**
 * One stream's part of a call's recording: the caller on the left and, on the right, what the
 * caller heard of the agent. It never throws and never waits: a disk that fails or falls
 * behind ends the recording, not the call.
 */
export class CallRecording {
  /** What is not written yet, from `written` on; null where nothing was said so far. */
  private waiting: Array<Buffer | null> = [];
  /** Moments (samples of one channel) that were handed to the sink: whole chunks, until the end. */
  private written = 0;
  private callerAt = 0;
  private agentAt = 0;
  /** How far our clock is ahead of the carrier's. */
  private ahead = UNKNOWN;
  private work: Promise<void> = Promise.resolve();
  private busy = false;
  private failed = false;

  /**
   * @param startedAt of the stream, by the clock of all later times
   * @param onFailure once, when nothing more will be recorded
   * @param onWritten so many more moments were taken; about once a second
   */
  constructor(
    private readonly sink: RecordingSink,
    private readonly chunks: AudioChunks,
    private readonly startedAt: number,
    private readonly onFailure: (error: unknown) => void,
    private readonly onWritten: (moments: number) => void = () => undefined,
  ) {}

  /**
   * The caller's next frame, μ-law.
   * @param timestampMs by the carrier's clock; 0 when it does not tell
   * @param arrivedAt null for what stands in a gap
   */
  caller(frame: Buffer, timestampMs: number, arrivedAt: number | null): void {
    const at = this.saidAt(timestampMs, arrivedAt);
    if (at === null) return;
    this.callerAt = this.put(frame, 0, this.placeOf(at, this.callerAt));
  }

  /** What the caller heard of the agent, and when. */
  agent(frame: Buffer, at: number): void {
    this.agentAt = this.put(frame, 1, this.placeOf(at, this.agentAt));
  }

  /** Writes what is old enough; called about twice a second. */
  flush(now: number): void {
    if (this.busy || this.failed) return;
    const until = Math.floor((now - HELD_BACK_MS - this.startedAt) * PER_MS);
    if (until - this.written >= CHUNK_MOMENTS) this.start(() => this.writeChunks(until));
  }

  /** Writes all of it. Resolves when the sink has it, or never will. */
  async close(): Promise<void> {
    await this.work;
    const end = Math.max(this.callerAt, this.agentAt, this.written);
    if (!this.failed) this.start(() => this.writeRest(end));
    await this.work;
    await this.sink.close();
  }

  /** When it was said: audio that was held up on its way belongs where it would have been. */
  private saidAt(timestampMs: number, arrivedAt: number | null): number | null {
    if (arrivedAt === null) return this.ahead === UNKNOWN ? null : timestampMs + this.ahead;
    if (timestampMs === 0) return arrivedAt;
    const ahead = arrivedAt - timestampMs;
    // The fastest frame was held up least; what is later than any can be comes of a clock that has jumped.
    if (ahead < this.ahead || ahead > this.ahead + HELD_UP_MAX_MS) this.ahead = ahead;
    return timestampMs + this.ahead;
  }

  private placeOf(at: number, next: number): number {
    const place = Math.round((at - this.startedAt) * PER_MS);
    // Arrivals jitter, audio does not.
    return Math.abs(place - next) <= LOOSE ? next : Math.max(place, next);
  }

  private put(frame: Buffer, channel: 0 | 1, place: number): number {
    const { length } = frame;
    const first = place - this.written;
    if (this.failed) return place;
    if (first < 0) return place + length;
    if (first + length > WAITING_MAX) {
      this.fail(new Error('the disk is too slow'));
      return place;
    }
    let index = Math.floor(first / CHUNK_MOMENTS);
    let offset = first - index * CHUNK_MOMENTS;
    for (let from = 0; from < length;) {
      const end = Math.min(length, from + CHUNK_MOMENTS - offset);
      const chunk = this.chunkAt(index);
      let to = offset * CHANNELS + channel;
      for (; from < end; from += 1, to += CHANNELS) chunk[to] = frame[from] as number;
      index += 1;
      offset = 0;
    }
    return place + length;
  }

  private chunkAt(index: number): Buffer {
    const chunk = this.waiting[index];
    if (chunk) return chunk;
    while (this.waiting.length < index) this.waiting.push(null);
    return (this.waiting[index] = this.chunks.take());
  }

  private start(write: () => Promise<void>): void {
    this.busy = true;
    this.work = write()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.busy = false));
  }

  /** Writes the chunks that end before `until`. */
  private async writeChunks(until: number): Promise<void> {
    while (until - this.written >= CHUNK_MOMENTS && !this.failed) {
      await this.writeNext(CHUNK_MOMENTS);
    }
  }

  private async writeRest(end: number): Promise<void> {
    await this.writeChunks(end);
    if (end > this.written && !this.failed) await this.writeNext(end - this.written);
  }

  private async writeNext(moments: number): Promise<void> {
    const chunk = this.waiting.shift() ?? null;
    // From here on frames go behind what is being written.
    this.written += moments;
    await this.sink.append((chunk ?? SILENT_CHUNK).subarray(0, moments * CHANNELS));
    if (chunk) this.chunks.giveBack(chunk);
    this.onWritten(moments);
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    for (const chunk of this.waiting) if (chunk) this.chunks.giveBack(chunk);
    this.waiting = [];
    this.onFailure(error);
  }
}

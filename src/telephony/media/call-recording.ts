import type { FileHandle } from 'node:fs/promises';
import { decodeMulaw, MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import { WAV_HEADER_BYTES, wavHeader } from '../../audio/wav.js';

const PER_MS = MULAW_BYTES_PER_SECOND / 1000;
const CHANNELS = 2;
/** Bytes of one moment: two samples of 16 bits. */
const STEP = CHANNELS * 2;
/** It is known only a moment later what the caller has heard. */
const HELD_BACK_MS = 3_000;
/** How late the caller's audio may come and still get its place: it must not be written yet. */
const HELD_UP_MAX_MS = 2_500;
const UNKNOWN = Number.POSITIVE_INFINITY;
/** What waits for the disk, in samples: room for five seconds, 160 KB, is there from the beginning. */
const FIRST_ROOM = 5 * MULAW_BYTES_PER_SECOND;
/** The most: 20 s, 640 KB. A disk that is slower ends the recording. */
const ROOM_MAX = 20 * MULAW_BYTES_PER_SECOND;
/** How far a frame may be off its place before there is a gap. */
const LOOSE = 100 * PER_MS;
/** The longest silence between two streams of one call. */
const PAUSE_MAX_MS = 60_000;

/**
 * One stream's part of a call's recording: a stereo WAV with the caller on the left and, on the
 * right, what the caller heard of the agent. The audio is written first and then the header's
 * sizes, so the file is complete whenever the process dies. It never throws and never waits: a disk
 * that fails or falls behind ends the recording, not the call.
 */
export class CallRecording {
  /** Left and right in turn, from `written` on. */
  private window = new Int16Array(FIRST_ROOM * CHANNELS);
  /** Moments (samples of one channel) in the file. */
  private written = 0;
  /** Where the stream's beginning stands in the file. */
  private base = 0;
  private callerAt = 0;
  private agentAt = 0;
  /** How far our clock is ahead of the carrier's. */
  private ahead = UNKNOWN;
  private work: Promise<void>;
  private busy = true;
  private failed = false;

  /**
   * @param startedAt of the stream, by the clock of all later times
   * @param onFailure once, when nothing more will be recorded
   * @param onWritten so many more moments are in the file; a few times a second
   */
  constructor(
    private readonly opening: Promise<FileHandle>,
    private readonly startedAt: number,
    private readonly onFailure: (error: unknown) => void,
    private readonly onWritten: (moments: number) => void = () => undefined,
  ) {
    this.work = this.begin();
  }

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
    const until = this.base + Math.floor((now - HELD_BACK_MS - this.startedAt) * PER_MS);
    if (until - this.written >= MULAW_BYTES_PER_SECOND / 2) this.start(() => this.writeTo(until));
  }

  /** Writes all of it. Resolves when it is in the file, or will never be. */
  async close(): Promise<void> {
    await this.work;
    const end = Math.max(this.callerAt, this.agentAt, this.written);
    if (!this.failed) this.start(() => this.writeTo(end));
    await this.work;
    const file = await this.opening.catch(() => null);
    await file?.close().catch(() => undefined);
  }

  private async begin(): Promise<void> {
    try {
      const file = await this.opening;
      const { size, mtimeMs } = await file.stat();
      if (size > WAV_HEADER_BYTES) {
        // An earlier stream's part; the moments between are silence, which a file has without writing it.
        const pauseMs = Math.min(PAUSE_MAX_MS, Math.max(0, Date.now() - mtimeMs));
        const earlier = Math.floor((size - WAV_HEADER_BYTES) / STEP);
        this.base = earlier + Math.floor(pauseMs * PER_MS);
        this.written = this.base;
        this.callerAt += this.base;
        this.agentAt += this.base;
      } else {
        await this.writeHeader(file);
      }
    } catch (error) {
      this.fail(error);
    }
    this.busy = false;
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
    const place = this.base + Math.round((at - this.startedAt) * PER_MS);
    // Arrivals jitter, audio does not.
    return Math.abs(place - next) <= LOOSE ? next : Math.max(place, next);
  }

  private put(frame: Buffer, channel: 0 | 1, place: number): number {
    const first = place - this.written;
    if (this.failed) return place;
    if (first < 0) return place + frame.length;
    if (!this.makeRoom(first + frame.length)) {
      this.fail(new Error('the disk is too slow'));
      return place;
    }
    const samples = decodeMulaw(frame);
    for (let index = 0; index < samples.length; index += 1) {
      this.window[(first + index) * CHANNELS + channel] = samples[index] as number;
    }
    return place + frame.length;
  }

  /** False: more waits than may. */
  private makeRoom(samples: number): boolean {
    if (samples > ROOM_MAX) return false;
    let room = this.window.length / CHANNELS;
    if (samples <= room) return true;
    while (room < samples) room *= 2;
    const window = new Int16Array(Math.min(room, ROOM_MAX) * CHANNELS);
    window.set(this.window);
    this.window = window;
    return true;
  }

  private start(write: () => Promise<void>): void {
    this.busy = true;
    this.work = write()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.busy = false));
  }

  private async writeTo(end: number): Promise<void> {
    const file = await this.opening;
    const room = this.window.length / CHANNELS;
    const moments = Math.min(end - this.written, room);
    if (moments <= 0) return;
    const samples = moments * CHANNELS;
    const bytes = Buffer.from(this.window.slice(0, samples).buffer);
    const position = WAV_HEADER_BYTES + this.written * STEP;
    // From here on frames go behind what is being written.
    this.window.copyWithin(0, samples);
    this.window.fill(0, this.window.length - samples);
    this.written += moments;
    await writeAll(file, bytes, position);
    await this.writeHeader(file);
    this.onWritten(moments);
  }

  private async writeHeader(file: FileHandle): Promise<void> {
    const header = wavHeader({
      sampleRate: MULAW_BYTES_PER_SECOND,
      channels: CHANNELS,
      dataBytes: this.written * STEP,
    });
    await writeAll(file, header, 0);
  }

  private fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.onFailure(error);
  }
}

/** A nearly full disk takes a part, and refuses only the next. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

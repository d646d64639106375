import { MULAW_BYTES_PER_SECOND, MULAW_FRAME_BYTES, MULAW_SILENCE } from '../../audio/mulaw.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
const FRAME_MS = MULAW_FRAME_BYTES / BYTES_PER_MS;
/** Timestamps jitter by a few milliseconds; a gap is what is wider than this. */
const TOLERANCE_MS = 15;
/** The longest silence inserted for one gap; after a longer one the clock restarts. */
const FILL_MAX_MS = 1_000;

/**
 * After this many late frames in a row the carrier's clock has restarted, and the frames are not
 * late.
 */
const RESTART_AFTER = 50;

/** How far the carrier's clock may run ahead of ours before it is believed no more. */
const AHEAD_MAX_MS = 1_000;

/** What is put in where audio is missing. */
export const FILLING = Buffer.alloc(MULAW_FRAME_BYTES, MULAW_SILENCE);

/** What came of the caller's audio on one stream. */
export interface InboundQuality {
  framesIn: number;
  /** Put in as silence, in milliseconds. */
  filledMs: number;
  /** Came twice, or after later audio; not heard. */
  framesLate: number;
  /** Mean deviation of arrivals from timestamps, milliseconds (RFC 3550, section 6.4.1). */
  jitterMs: number;
  /** Between two frames, by our clock. */
  longestPauseMs: number;
}

/**
 * The caller's audio as an agent should hear it: without gaps, because a voice
 * detector never ends a turn if silence is missing, and without repetitions. It
 * delays nothing: a frame that another has overtaken comes when silence stands
 * in its place already, so it is dropped. To wait for it would cost every frame of
 * every call 20 ms, and over one TCP connection none overtakes another.
 */
export class InboundAudio {
  readonly quality: InboundQuality = {
    framesIn: 0,
    filledMs: 0,
    framesLate: 0,
    jitterMs: 0,
    longestPauseMs: 0,
  };
  /** By the carrier's clock: the newest frame, and when the audio passed on so far ends. */
  private newest = 0;
  private until = 0;
  private firstAt = 0;
  private arrivedAt = 0;
  private passedOnMs = 0;
  private believed = true;
  private pauseSinceTaken = 0;
  /** The latest late frame, by its number, and how many before it were late too. */
  private lateAt = 0;
  private lateInARow = 0;

  /** @param onDisbelief told once, when the carrier's clock is too far ahead to be a clock; it is ignored from then on */
  constructor(private readonly onDisbelief: () => void = () => undefined) {}

  /**
   * Takes the next frame and passes on the audio to be heard, in order.
   * @param timestampMs 0 when the carrier sends no time; `hear` then receives 0 too, unless an
   *   earlier frame had a time
   */
  accept(
    audio: Buffer,
    timestampMs: number,
    now: number,
    hear: (audio: Buffer, timestampMs: number) => void,
  ): void {
    const { quality } = this;
    const first = quality.framesIn === 0;
    quality.framesIn += 1;
    const lengthMs = audio.length / BYTES_PER_MS;
    const told = timestampMs !== 0 && this.believed;
    if (first) {
      this.firstAt = now;
      this.until = timestampMs;
    } else if (!told || this.newest === 0) {
      // The carrier's clock may start anywhere, and after the audio.
      if (told) this.until = timestampMs;
      this.notePause(now - this.arrivedAt);
    } else if (timestampMs <= this.newest) {
      if (!this.restarts()) return;
      this.until = timestampMs;
    } else {
      this.measure(timestampMs, now);
      this.fill(timestampMs, now, hear);
    }
    if (told) this.newest = timestampMs;
    const at = told ? timestampMs : Math.round(this.until);
    this.arrivedAt = now;
    this.until += lengthMs;
    this.passedOnMs += lengthMs;
    hear(audio, this.believed && this.newest > 0 ? at : 0);
  }

  /** The longest pause since this was last asked, in milliseconds. */
  takeLongestPause(): number {
    const pause = this.pauseSinceTaken;
    this.pauseSinceTaken = 0;
    return pause;
  }

  /** A frame came late. True: so many have that it is heard all the same. */
  private restarts(): boolean {
    const { quality } = this;
    this.lateInARow = quality.framesIn === this.lateAt + 1 ? this.lateInARow + 1 : 1;
    this.lateAt = quality.framesIn;
    if (this.lateInARow > RESTART_AFTER) return true;
    quality.framesLate += 1;
    return false;
  }

  private measure(timestampMs: number, now: number): void {
    const { quality } = this;
    const pause = now - this.arrivedAt;
    const deviation = Math.abs(pause - (timestampMs - this.newest));
    quality.jitterMs += (deviation - quality.jitterMs) / 16;
    this.notePause(pause);
  }

  private notePause(pause: number): void {
    const { quality } = this;
    if (pause > this.pauseSinceTaken) this.pauseSinceTaken = pause;
    if (pause > quality.longestPauseMs) quality.longestPauseMs = pause;
  }

  private fill(
    timestampMs: number,
    now: number,
    hear: (audio: Buffer, timestampMs: number) => void,
  ): void {
    const missing = timestampMs - this.until;
    if (Math.abs(missing) <= TOLERANCE_MS) return;
    if (missing > 0) {
      const frames = Math.min(Math.round(missing / FRAME_MS), FILL_MAX_MS / FRAME_MS);
      if (this.passedOnMs + frames * FRAME_MS > now - this.firstAt + AHEAD_MAX_MS) {
        // More than can have been said since the stream began: its unit is another, or it is no clock.
        this.believed = false;
        this.onDisbelief();
        return;
      }
      for (let frame = 0; frame < frames; frame += 1) {
        hear(FILLING, Math.round(this.until));
        this.until += FRAME_MS;
      }
      this.quality.filledMs += frames * FRAME_MS;
      this.passedOnMs += frames * FRAME_MS;
    }
    // The carrier's clock leads: what is still off is not made up for.
    if (Math.abs(timestampMs - this.until) > TOLERANCE_MS) this.until = timestampMs;
  }
}

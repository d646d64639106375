/** A piece of audio that the caller heard. */
export interface HeardSpan {
  /** Milliseconds since the stream's `start`. */
  atMs: number;
  /** μ-law, at most 20 ms. */
  audio: Buffer;
}

export interface MarkRecord {
  name: string;
  /** Milliseconds since the stream's `start`. */
  receivedMs: number;
  returnedMs: number | null;
  /** Whether it came back because its audio had been played, or because of a `clear`. */
  how: 'played' | 'cleared' | null;
}

/** What happened on a stream, for comparisons and for a WAV of what the caller heard. */
export class StreamRecording {
  readonly sentFrames: Buffer[] = [];
  readonly heardSpans: HeardSpan[] = [];
  readonly marks: MarkRecord[] = [];
  /** Counted even when nothing is recorded. */
  marksReceived = 0;
  marksReturned = 0;
  readonly clears: Array<{ atMs: number; droppedBytes: number }> = [];
  /** μ-law bytes that the gateway has sent, whether or not they were played. */
  receivedBytes = 0;
  /** When each audio message came, in milliseconds since the stream's `start`; kept with the audio. */
  readonly arrivals: number[] = [];
  /**
   * The same for audio that came when the stream had ended for the carrier, which no caller hears:
   * an agent that goes on although another stream may have the call.
   */
  readonly lateArrivals: number[] = [];
  /** μ-law bytes played, counted even when audio is not recorded. */
  heardBytes = 0;
  /** When the caller last heard something, in milliseconds since the stream's `start`. */
  lastHeardMs: number | null = null;

  private startedAt = performance.now();
  private outstanding: MarkRecord[] = [];

  constructor(private readonly keepsAudio: boolean) {}

  get heardAudio(): Buffer {
    return Buffer.concat(this.heardSpans.map(({ audio }) => audio));
  }

  /** When the stream started, in milliseconds of the process's monotonic clock (`performance.now`). */
  get beganAt(): number {
    return this.startedAt;
  }

  /** Notes that the stream has started. Times count from here. */
  begin(): void {
    this.startedAt = performance.now();
  }

  said(audio: Buffer): void {
    if (this.keepsAudio) this.sentFrames.push(audio);
  }

  received(bytes: number): void {
    this.receivedBytes += bytes;
    if (this.keepsAudio) this.arrivals.push(this.elapsed());
  }

  receivedLate(): void {
    this.lateArrivals.push(this.elapsed());
  }

  heard(atMs: number, audio: Buffer): void {
    this.heardBytes += audio.length;
    this.lastHeardMs = atMs;
    if (this.keepsAudio) this.heardSpans.push({ atMs, audio });
  }

  markReceived(name: string): void {
    this.marksReceived++;
    const mark: MarkRecord = { name, receivedMs: this.elapsed(), returnedMs: null, how: null };
    this.outstanding.push(mark);
    if (this.keepsAudio) this.marks.push(mark);
  }

  markReturned(name: string, how: 'played' | 'cleared'): void {
    this.marksReturned++;
    const index = this.outstanding.findIndex((mark) => mark.name === name);
    const [mark] = index < 0 ? [] : this.outstanding.splice(index, 1);
    if (mark) Object.assign(mark, { returnedMs: this.elapsed(), how });
  }

  cleared(droppedBytes: number): void {
    this.clears.push({ atMs: this.elapsed(), droppedBytes });
  }

  /** μ-law from the stream's start to the last sound, with silence where nothing was heard. */
  timeline(): Buffer {
    const last = this.heardSpans.at(-1);
    if (!last) return Buffer.alloc(0);
    const whole = Buffer.alloc(last.atMs * 8 + last.audio.length, 0xff);
    for (const { atMs, audio } of this.heardSpans) audio.copy(whole, atMs * 8);
    return whole;
  }

  private elapsed(): number {
    return performance.now() - this.startedAt;
  }
}

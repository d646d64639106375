import type { RecordingPart } from './recording-part.js';
import { spokenStretches, type Stretch } from './spoken-stretches.js';
import type { Segment, Transcribed, TranscriptionServer } from './transcription-server.js';

/** Where the server gives no times each request is for what was said at once, and its beginning is its time. */
const STRETCH_MS = 30_000;
const PER_MS = 8;

/** What was asked of the server, and with what result; times are from the beginning of the part. */
export interface PartResult {
  result: Transcribed;
  requests: number;
  /** Of audio that was sent. */
  seconds: number;
}

/** Has parts of recordings transcribed; what is silent is not sent. */
export class PartTranscriber {
  /** Whether the server gives times, as far as is known. */
  private hasTimes = true;

  constructor(private readonly server: TranscriptionServer) {}

  async transcribe({ samples }: RecordingPart, signal: AbortSignal): Promise<PartResult> {
    const stretches = spokenStretches(samples, STRETCH_MS);
    const [first, last] = [stretches[0], stretches.at(-1)];
    const done: PartResult = { result: { kind: 'done', segments: [] }, requests: 0, seconds: 0 };
    if (!first || !last) return done;
    if (this.hasTimes) {
      const whole = { from: first.from, to: last.to };
      const asked = await this.ask(samples, [whole], signal, done);
      if (asked.result.kind !== 'no-times') return asked;
      this.hasTimes = false;
      done.requests = asked.requests;
      done.seconds = asked.seconds;
    }
    return this.ask(samples, stretches, signal, done);
  }

  private async ask(
    samples: Int16Array,
    stretches: readonly Stretch[],
    signal: AbortSignal,
    { requests, seconds }: PartResult,
  ): Promise<PartResult> {
    const segments: Segment[] = [];
    let [made, sent] = [requests, seconds];
    for (const { from, to } of stretches) {
      const audio = samples.subarray(from, to);
      made += 1;
      sent += audio.length / PER_MS / 1_000;
      const result = await this.server.transcribe(audio, this.hasTimes, signal);
      if (result.kind !== 'done') return { result, requests: made, seconds: sent };
      const [beganMs, endedMs] = [from / PER_MS, to / PER_MS];
      segments.push(
        ...result.segments.map(({ atMs, untilMs, text }) => ({
          atMs: beganMs + atMs,
          untilMs: Math.min(endedMs, untilMs === null ? endedMs : beganMs + untilMs),
          text,
        })),
      );
    }
    return { result: { kind: 'done', segments }, requests: made, seconds: sent };
  }
}

import { writeFile } from 'node:fs/promises';
import type { Phone } from '../phones/phone.js';
import type { FrameSource } from '../media/caller-audio.js';
import { frameSource } from '../media/caller-audio.js';
import type { EchoComparison } from '../media/compare-echo.js';
import { compareEcho } from '../media/compare-echo.js';
import type { MediaStream } from '../media/media-stream.js';
import { mulawToWav } from '../media/wav.js';
import { newSid } from '../sids.js';
import type { WebhookRecord } from '../webhooks/webhook.js';
import type { AnsweredBy } from './call-behaviour.js';
import type { CallBridge } from './call-bridge.js';
import type { CallPlan, InstructionSource } from './call-plan.js';
import type { CallStatus, FinalStatus } from './call-status.js';
import { isFinal } from './call-status.js';

/** One call, as the carrier and the phone at its far end know it. */
export class SimulatedCall {
  readonly sid = newSid('CA');
  readonly createdAt = new Date();
  /** Every status it has had, oldest first. */
  readonly timeline: Array<{ at: Date; status: CallStatus }> = [];
  startedAt: Date | null = null;
  answeredAt: Date | null = null;
  endedAt: Date | null = null;
  /** Final SIP code, once it has ended. */
  sipCode: number | null = null;
  answeredBy: AnsweredBy | null = null;
  /** Every webhook sent for it, with replies and latencies. */
  readonly webhooks: WebhookRecord[] = [];
  /** Its media streams, oldest first, including refused ones. */
  readonly streams: MediaStream[] = [];
  /** What was said between this call and others that it dialled, or was dialled by; oldest first. */
  readonly bridges: CallBridge[] = [];
  /** The texts of `<Say>`, in order. */
  readonly spoken: string[] = [];
  /** Resolves with the final status. Callbacks and the last `action` may still be under way. */
  readonly ended: Promise<FinalStatus>;
  /** Resolves when the far end answers, with true, or when the call ends before that, with false. */
  readonly answered: Promise<boolean>;
  /** Resolves when the call is over and each of its webhooks has been answered or given up. */
  readonly settled: Promise<void>;

  /** Aborts when the call is over. */
  readonly over: AbortSignal;
  private readonly overController = new AbortController();
  private leg = new AbortController();
  private redirection: InstructionSource | null = null;
  private frames: FrameSource | null = null;
  private frameCount = 0;
  private readonly streamWaiters: Array<(stream: MediaStream) => void> = [];
  private resolveAnswered!: (isAnswered: boolean) => void;
  private resolveEnded!: (status: FinalStatus) => void;
  private resolveSettled!: () => void;

  constructor(
    readonly plan: CallPlan,
    private readonly seed: number,
    /** Called at once with every status after the first. */
    private readonly onStatus: (call: SimulatedCall, status: CallStatus) => void,
    /** The phone that a person holds. Null: the far end follows the plan's behaviour. */
    readonly phone: Phone | null = null,
  ) {
    this.over = this.overController.signal;
    this.answered = new Promise((resolve) => {
      this.resolveAnswered = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.settled = new Promise((resolve) => {
      this.resolveSettled = resolve;
    });
    const first = plan.direction === 'inbound' ? 'ringing' : 'queued';
    this.timeline.push({ at: this.createdAt, status: first });
    if (plan.direction === 'inbound') this.startedAt = this.createdAt;
  }

  get from(): string {
    return this.plan.from;
  }

  get to(): string {
    return this.plan.to;
  }

  get direction(): CallPlan['direction'] {
    return this.plan.direction;
  }

  get status(): CallStatus {
    return this.timeline.at(-1)?.status ?? 'queued';
  }

  /** Seconds between the answer and the end (or now); 0 if the call was never answered. */
  get durationSeconds(): number {
    if (this.answeredAt === null) return 0;
    const end = this.endedAt ?? new Date();
    return Math.round((end.getTime() - this.answeredAt.getTime()) / 1000);
  }

  /** The newest media stream. */
  get stream(): MediaStream | null {
    return this.streams.at(-1) ?? null;
  }

  /** The status callbacks among {@link webhooks}. */
  get callbacks(): WebhookRecord[] {
    return this.webhooks.filter(({ kind }) => kind === 'status' || kind === 'number-status');
  }

  /** 20 ms frames that the caller said, over all streams. */
  get sentFrames(): readonly Buffer[] {
    return this.streams.flatMap((stream) => [...stream.sentFrames]);
  }

  /** All μ-law bytes that the caller heard, over all streams, without the silences. */
  get heardAudio(): Buffer {
    return Buffer.concat(this.streams.map((stream) => stream.heardAudio));
  }

  /** Resolves with the first stream that has started. Rejects when the call ends without one. */
  get streamStarted(): Promise<MediaStream> {
    return this.streamNumber(1);
  }

  /** Resolves with the n-th stream that has started, counted from 1. Rejects when the call ends before. */
  async streamNumber(n: number): Promise<MediaStream> {
    for (;;) {
      const started = this.streams.filter(({ framesSent, open }) => open || framesSent > 0);
      const stream = started[n - 1];
      if (stream) return stream;
      if (this.over.aborted)
        throw new Error(`${this.sid} ended as ${this.status} without stream ${n}`);
      await Promise.race([
        new Promise<MediaStream>((resolve) => this.streamWaiters.push(resolve)),
        this.ended,
      ]);
    }
  }

  /** The far end hangs up. While the call still rings, it declines (outbound) or gives up (inbound). */
  hangUp(): void {
    if (this.answeredAt !== null) this.end('completed', 200);
    else if (this.direction === 'inbound') this.end('no-answer', 487);
    else this.end('busy', 486);
  }

  /** The caller presses keys: `0-9 * # A-D`. They are lost when no stream is open, as on a real call. */
  sendDigits(digits: string): void {
    this.stream?.sendDigits(digits);
  }

  /** Compares what the caller heard with what the caller said. Needs the audio `signal`. */
  compareEcho(): EchoComparison {
    return compareEcho(this.sentFrames, this.heardAudio);
  }

  /** What the caller heard, as a WAV with the silences in place; streams follow one another. */
  heardWav(): Buffer {
    return mulawToWav(Buffer.concat(this.streams.map(({ recording }) => recording.timeline())));
  }

  async saveHeard(path: string): Promise<void> {
    await writeFile(path, this.heardWav());
  }

  /** For the carrier's own parts: sets the next status. */
  move(status: CallStatus): void {
    if (isFinal(this.status)) return;
    const at = new Date();
    this.timeline.push({ at, status });
    if (status === 'initiated') this.startedAt = at;
    if (status === 'in-progress') {
      this.answeredAt = at;
      this.resolveAnswered(true);
    }
    if (isFinal(status)) this.endedAt = at;
    this.onStatus(this, status);
  }

  /** For the carrier's own parts: ends the call. The first end counts. */
  end(status: FinalStatus, sipCode: number): void {
    if (this.over.aborted) return;
    this.sipCode = sipCode;
    this.move(status);
    this.overController.abort();
    this.leg.abort();
    this.resolveAnswered(false);
    this.resolveEnded(status);
  }

  /** For the carrier's own parts: marks that everything about the call is done. */
  settle(): void {
    this.resolveSettled();
  }

  /** For the carrier's own parts: replaces the instructions that run now with these. */
  redirect(source: InstructionSource): void {
    this.redirection = source;
    this.leg.abort();
  }

  /** For the carrier's own parts: begins new instructions. The signal aborts when they are replaced. */
  nextLeg(): AbortSignal {
    if (!this.over.aborted) this.leg = new AbortController();
    return this.leg.signal;
  }

  takeRedirection(): InstructionSource | null {
    const source = this.redirection;
    this.redirection = null;
    return source;
  }

  /** For the carrier's own parts: the far end's next 20 ms. The audio continues from stream to stream. */
  nextFrame(): Buffer {
    if (this.phone) return this.phone.nextFrame();
    this.frames ??= frameSource(this.plan.behaviour.audio ?? 'signal', this.seed);
    return this.frames(this.frameCount++);
  }

  /** For the carrier's own parts: notes that a stream has sent its `start`. */
  streamHasStarted(stream: MediaStream): void {
    for (const tell of this.streamWaiters.splice(0)) tell(stream);
  }
}

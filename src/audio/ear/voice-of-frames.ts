import { FrameClassifier } from '../frame-classifier.js';
import { MULAW_FRAME_BYTES } from '../mulaw.js';
import { WINDOW_BYTES, type ListenedVoice, type VoiceModel } from './voice-model.js';

/** Frames that wait for the model's word, at most; then it is not waited for any more. */
const WAITING_MAX = 10;
/** The pitch test's word for what has none, just after what has. */
const UNVOICED = 0.5;
const BEGINS = 0.4;

/** A frame's verdict: the probability that it is a voice, and what was pushed with it. */
export type OnVerdict = (probability: number, isNear: boolean, now: number) => void;

/**
 * What the voice model says of each frame, in order: at once where it completes no window, else when the model has
 * answered. Where the model has no time, or none any more, the pitch decides.
 */
export class VoiceOfFrames {
  private readonly model: ListenedVoice | null;
  private pitch: FrameClassifier | null = null;
  private probability = 0;
  /** What is short of a window. */
  private rest: Uint8Array = new Uint8Array(0);
  private told = 0;
  private asked = 0;
  /** Frames without a verdict, oldest first, each with the answer that it waits for. */
  private waiting: Array<{ isNear: boolean; now: number; answer: number }> = [];
  private over = false;

  /**
   * @param before what came before the first frame: whole frames of μ-law
   */
  constructor(
    model: VoiceModel,
    private readonly before: Uint8Array,
    private readonly onVerdict: OnVerdict,
  ) {
    const windows = Math.ceil(before.length / WINDOW_BYTES);
    this.model = model.listen(windows, (probability) => this.hear(probability));
    if (this.model) this.rest = before;
    else this.usePitch();
  }

  /** Takes the next 20 ms: 160 bytes of μ-law. */
  push(frame: Uint8Array, isNear: boolean, now: number): void {
    if (!this.pitch) this.ask(frame);
    if (this.pitch) this.probability = this.byPitch(this.pitch, frame);
    this.waiting.push({ isNear, now, answer: this.asked });
    this.decide();
  }

  /** No verdict comes any more. */
  end(): void {
    this.over = true;
    this.model?.end();
  }

  private ask(frame: Uint8Array): void {
    const all = new Uint8Array(this.rest.length + frame.length);
    all.set(this.rest);
    all.set(frame, this.rest.length);
    const whole = all.length - (all.length % WINDOW_BYTES);
    this.rest = all.slice(whole);
    if (whole === 0) return;
    const isHeard = this.waiting.length < WAITING_MAX && this.model?.push(all.slice(0, whole));
    this.asked += 1;
    if (!isHeard) this.usePitch();
  }

  private hear(probability: number): void {
    this.told += 1;
    if (this.pitch || this.over) return;
    this.probability = probability;
    this.decide();
  }

  private decide(): void {
    while (!this.over && this.waiting.length > 0) {
      const [first] = this.waiting;
      if (!first || (!this.pitch && first.answer > this.told)) return;
      this.waiting.shift();
      this.onVerdict(this.probability, first.isNear, first.now);
    }
  }

  private usePitch(): void {
    this.model?.end();
    const pitch = new FrameClassifier();
    for (let at = 0; at < this.before.length; at += MULAW_FRAME_BYTES) {
      this.probability = this.byPitch(pitch, this.before.subarray(at, at + MULAW_FRAME_BYTES));
    }
    this.pitch = pitch;
  }

  private byPitch(pitch: FrameClassifier, frame: Uint8Array): number {
    switch (pitch.push(frame)) {
      case 'voiced':
        return 1;
      case 'unvoiced':
        return this.probability >= BEGINS ? UNVOICED : 0;
      case 'quiet':
        return 0;
    }
  }
}

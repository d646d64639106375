import { MULAW_FRAME_BYTES, MULAW_SILENCE } from '../mulaw.js';
import { Gate } from './gate.js';
import { Interruption, type ResumeReason, type Step } from './interruption.js';
import { sensitivityOf, type Sensitivity, type SensitivityName } from './sensitivity.js';
import { markedMs } from './marks.js';
import type { VoiceModel } from './voice-model.js';
import { VoiceOfFrames } from './voice-of-frames.js';

/** What came in the last 240 ms is kept: who is listened to is heard from a little earlier on. */
const KEPT_FRAMES = 12;
/** Two loud frames in so many wake the model. */
const WAKE_MS = 40;
const WAKE_WITHIN_MS = 100;
/** It hears half a second after the last of them. */
const AWAKE_FRAMES = 25;
/** What the agent says has gaps; after a longer one it begins anew. */
const BEGINS_AFTER_FRAMES = 10;
/** It may still come back as an echo for so long: 0.64 s. */
const ECHO_FRAMES = 32;

export interface EarParts {
  model: VoiceModel;
  sensitivity: SensitivityName;
  /** Whether the agent may be heard on the line as an echo. */
  mayEcho: boolean;
  /**
   * The caller talks over the agent, or does not after all. Called while a frame is heard, or when the voice model has
   * answered. `reason` is that of `resumed`.
   */
  onStep: (step: Step, reason: ResumeReason) => void;
}

/**
 * Hears whether a caller talks over the agent: a cheap gate for each frame, the voice model while the gate is open,
 * and the state that follows. Times are milliseconds of a clock that is passed in.
 */
export class Ear {
  private readonly sensitivity: Sensitivity;
  private readonly gate: Gate;
  private readonly interruption: Interruption;
  private voice: VoiceOfFrames | null = null;
  /** The last frames, as a ring. */
  private readonly kept = new Uint8Array(KEPT_FRAMES * MULAW_FRAME_BYTES).fill(MULAW_SILENCE);
  private frames = 0;
  private loud = 0;
  private awakeFor = 0;
  private restedFor = ECHO_FRAMES;
  private lastFrameAt = 0;

  constructor(private readonly parts: EarParts) {
    this.sensitivity = sensitivityOf(parts.sensitivity);
    this.gate = new Gate(this.sensitivity.leastLevel, parts.mayEcho);
    this.interruption = new Interruption(this.sensitivity.giveUpMs);
  }

  /** When {@link look} is to be called; null: need not be. */
  get deadline(): number | null {
    return this.interruption.deadline(this.lastFrameAt);
  }

  /**
   * Takes the caller's next 20 ms: 160 bytes of μ-law.
   * @param isSpeaking whether anything of the agent's waits to be heard
   * @param sent the bands of what the caller was to hear meanwhile; null: nothing
   */
  hear(frame: Uint8Array, now: number, isSpeaking: boolean, sent: Float64Array | null): void {
    this.lastFrameAt = now;
    if (isSpeaking && this.restedFor >= BEGINS_AFTER_FRAMES) this.interruption.begin();
    this.restedFor = isSpeaking ? 0 : this.restedFor + 1;
    if (this.restedFor < ECHO_FRAMES) this.gate.compare(frame, sent);
    else this.gate.rest(frame);
    if (this.restedFor < BEGINS_AFTER_FRAMES) {
      this.hearOver(frame, now);
    } else {
      this.loud = 0;
      this.sleep();
      this.take(this.interruption.rest());
    }
    this.kept.set(frame, (this.frames % KEPT_FRAMES) * MULAW_FRAME_BYTES);
    this.frames++;
  }

  /** Looks at the clock; see {@link deadline}. */
  look(now: number): void {
    this.take(this.interruption.look(now, this.lastFrameAt));
  }

  /** Nothing more is heard, and no step comes any more. */
  end(): void {
    this.sleep();
  }

  /** The agent is speaking. */
  private hearOver(frame: Uint8Array, now: number): void {
    const { gate, interruption } = this;
    this.loud = (this.loud << 1) | Number(gate.isNear);
    if (interruption.state === 'given_up') {
      interruption.talkOn(gate.isNear, now);
      return;
    }
    if (markedMs(this.loud, WAKE_WITHIN_MS) >= WAKE_MS) {
      this.voice ??= this.listen();
      this.awakeFor = AWAKE_FRAMES;
    }
    if (this.voice && this.awakeFor > 0) {
      this.awakeFor--;
      this.voice.push(frame, gate.isNear || gate.lingers, now);
    } else {
      this.sleep();
      this.take(interruption.weigh(false, now));
    }
  }

  /** Begins to listen, from a little before this frame on. */
  private listen(): VoiceOfFrames {
    const { model } = this.parts;
    return new VoiceOfFrames(model, this.keptFrames(), (probability, isNear, now) => {
      const isCaller = isNear && probability >= this.sensitivity.voice;
      this.take(this.interruption.weigh(isCaller, now));
    });
  }

  /** Oldest first. */
  private keptFrames(): Uint8Array {
    const count = Math.min(this.frames, KEPT_FRAMES);
    const from = ((this.frames - count) % KEPT_FRAMES) * MULAW_FRAME_BYTES;
    const frames = new Uint8Array(count * MULAW_FRAME_BYTES);
    if (count === KEPT_FRAMES) {
      frames.set(this.kept.subarray(from));
      frames.set(this.kept.subarray(0, from), frames.length - from);
    } else {
      frames.set(this.kept.subarray(0, frames.length));
    }
    return frames;
  }

  private sleep(): void {
    this.voice?.end();
    this.voice = null;
    this.awakeFor = 0;
  }

  private take(step: Step | null): void {
    if (step === null) return;
    if (step === 'given_up') this.sleep();
    this.parts.onStep(step, this.interruption.reason);
  }
}

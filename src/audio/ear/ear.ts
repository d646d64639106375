import { MULAW_FRAME_BYTES, MULAW_SILENCE } from '../mulaw.js';
import { Gate } from './gate.js';
import { Interruption, type ResumeReason, type Step } from './interruption.js';
import { sensitivityOf, type Sensitivity, type SensitivityName } from './sensitivity.js';
import { markedMs } from './marks.js';
import { Turns, type TurnListener } from './turns.js';
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
/** To find out whether a turn begins, the model hears what was kept and so many frames: 20 windows in all. */
const TURN_FRAMES = 20;
/** If it said nothing of a voice then, it sleeps for so long. */
const TURN_REST_FRAMES = 25;

export interface EarParts {
  model: VoiceModel;
  sensitivity: SensitivityName;
  /** Whether the agent may be heard on the line as an echo. */
  mayEcho: boolean;
  /** Whether the agent may be interrupted; else no step ever comes. */
  interrupts: boolean;
  /**
   * The caller talks over the agent, or does not after all. Called while a frame is heard, or when the voice model has
   * answered. `reason` is that of `resumed`.
   */
  onStep: (step: Step, reason: ResumeReason) => void;
}

/**
 * Hears whether a caller talks over the agent, and, where that is asked for, when they begin and finish: a cheap gate for
 * each frame, the voice model while the gate is open, and the states that follow. Times are milliseconds of a clock that is passed in.
 */
export class Ear {
  private readonly sensitivity: Sensitivity;
  private readonly gate: Gate;
  private readonly interruption: Interruption;
  private turns: Turns | null = null;
  private voice: VoiceOfFrames | null = null;
  /** Frames that it has heard to find out whether a turn begins. */
  private heardFrames = 0;
  /** No turn is looked for before this frame. */
  private restsUntil = 0;
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
    const interruption = this.interruption.deadline(this.lastFrameAt);
    const turn = this.turns?.deadline(this.lastFrameAt) ?? null;
    return interruption !== null && turn !== null
      ? Math.min(interruption, turn)
      : (interruption ?? turn);
  }

  /** Whether the caller is in the midst of a turn; null: nobody has asked. */
  get turnIsOpen(): boolean | null {
    return this.turns?.isOpen ?? null;
  }

  /**
   * Tells turns from now on. The listener is called while a frame is heard, or when the voice model has answered.
   * @param silenceMs what ends a turn
   * @param isOpen whether one is under way
   */
  followTurns(silenceMs: number, isOpen: boolean, listener: TurnListener): void {
    this.turns = new Turns(silenceMs, isOpen, listener);
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
    else if (this.turns) this.gate.listen(frame);
    else this.gate.rest(frame);
    this.loud = (this.loud << 1) | Number(this.gate.isNear);
    if (this.isOver) this.hearOver(frame, now);
    else this.hearAlone(frame, now);
    this.turns?.follow(this.gate.isNear);
    this.kept.set(frame, (this.frames % KEPT_FRAMES) * MULAW_FRAME_BYTES);
    this.frames++;
  }

  /** Looks at the clock; see {@link deadline}. */
  look(now: number): void {
    this.take(this.interruption.look(now, this.lastFrameAt));
    this.turns?.look(now, this.lastFrameAt);
  }

  /** Nothing more is heard, and no step comes any more. */
  end(): void {
    this.sleep();
    this.turns = null;
  }

  /** Whether there is an agent speaking, to be interrupted. */
  private get isOver(): boolean {
    return this.parts.interrupts && this.restedFor < BEGINS_AFTER_FRAMES;
  }

  private get isLoud(): boolean {
    return markedMs(this.loud, WAKE_WITHIN_MS) >= WAKE_MS;
  }

  private hearOver(frame: Uint8Array, now: number): void {
    const { gate, interruption } = this;
    if (interruption.state === 'given_up') {
      interruption.talkOn(gate.isNear, now);
      return;
    }
    if (this.isLoud) {
      this.listen();
      this.awakeFor = AWAKE_FRAMES;
    }
    if (this.voice && this.awakeFor > 0) {
      this.awakeFor--;
      this.heardFrames = 0;
      this.hearVoice(this.voice, frame, now);
    } else {
      this.sleep();
      this.take(interruption.weigh(false, now));
    }
  }

  /** Nobody is to be interrupted: whether the caller begins a turn. */
  private hearAlone(frame: Uint8Array, now: number): void {
    const { turns } = this;
    this.take(this.interruption.rest());
    if (!turns || turns.isOpen) {
      this.loud = 0;
      this.sleep();
      return;
    }
    if (this.isLoud && this.frames >= this.restsUntil) this.listen();
    if (!this.voice) return;
    if (this.heardFrames < TURN_FRAMES) {
      this.heardFrames++;
      this.hearVoice(this.voice, frame, now);
    } else {
      this.sleep();
      this.restsUntil = this.frames + TURN_REST_FRAMES;
    }
  }

  private hearVoice(voice: VoiceOfFrames, frame: Uint8Array, now: number): void {
    voice.push(frame, this.gate.isNear || this.gate.lingers, now);
  }

  /** Begins to listen, from a little before this frame on, unless that is being done. */
  private listen(): void {
    if (this.voice) return;
    this.heardFrames = 0;
    this.voice = new VoiceOfFrames(
      this.parts.model,
      this.keptFrames(),
      (probability, isNear, now) => {
        this.weigh(isNear && probability >= this.sensitivity.voice, now);
      },
    );
  }

  private weigh(isCaller: boolean, now: number): void {
    if (this.isOver) this.take(this.interruption.weigh(isCaller, now));
    else if (this.turns?.weigh(isCaller)) this.sleep();
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
    if (step === 'given_up') this.turns?.begin();
  }
}

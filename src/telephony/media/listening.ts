import { Ear } from '../../audio/ear/ear.js';
import type { ResumeReason, Step } from '../../audio/ear/interruption.js';
import { MediaClock } from '../../audio/ear/media-clock.js';
import type { SensitivityName } from '../../audio/ear/sensitivity.js';
import { SentLevels } from '../../audio/ear/sent-levels.js';
import type { TurnListener } from '../../audio/ear/turns.js';
import type { VoiceModel } from '../../audio/ear/voice-model.js';
import { MULAW_FRAME_BYTES } from '../../audio/mulaw.js';
import type { Playout } from './playout.js';
import { Sleeper, type TimerWheel } from './timer-wheel.js';

/** A deadline that is looked at so much later says nothing about the caller yet. */
const LATE_MS = 100;
/** What has come is read within this. */
const READ_MS = 20;

export interface ListeningParts {
  playout: Playout;
  wheel: TimerWheel;
  model: VoiceModel;
  sensitivity: SensitivityName;
  /** Whether the agent may come back as an echo. */
  mayEcho: boolean;
  /** Whether the caller may talk over the agent: then it is silenced. */
  bargeIn: boolean;
  /** How much was heard of what is being said, in milliseconds; null: nothing is. */
  heardMs: () => number | null;
  /** The caller talks: what the agent says is to be dropped. Returns what {@link heardMs} would have. */
  interrupt: () => number | null;
  /** Told of each step after it was taken, with {@link heardMs}; `reason` is that of `resumed`. */
  onStep: (step: Step, heardMs: number | null, reason: ResumeReason) => void;
}

/**
 * Listens to the caller: lets them interrupt the agent, and tells their turns where that is asked for. The agent is silenced as soon as the caller may be talking,
 * which can be undone: after a cough it continues where the caller stopped hearing it. Once the
 * caller is certainly talking, the rest of its utterance is dropped.
 */
export class Listening extends Sleeper {
  private readonly ear: Ear;
  /** Null: the agent cannot come back. */
  private readonly sent: SentLevels | null;
  private readonly clock = new MediaClock();
  /** Whether what had come was waited for, at the last deadline. */
  private hasWaited = false;
  /** Short of a frame. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly parts: ListeningParts) {
    super();
    const { playout, model, sensitivity, mayEcho, bargeIn } = parts;
    model.prepare();
    this.ear = new Ear({
      model,
      sensitivity,
      mayEcho,
      interrupts: bargeIn,
      onStep: (step, reason) => this.take(step, reason),
    });
    const sent = mayEcho ? new SentLevels() : null;
    this.sent = sent;
    if (!sent) return;
    playout.onSent = (frame, at) => sent.send(frame, at);
    playout.onTakenBack = (at) => sent.takeBack(at);
  }

  /** Whether the caller is in the midst of a turn; null: turns are not told. */
  get turnIsOpen(): boolean | null {
    return this.ear.turnIsOpen;
  }

  /**
   * Tells turns from now on.
   * @param silenceMs what ends a turn
   * @param isOpen whether one is under way, whose beginning was told
   */
  tellTurns(silenceMs: number, isOpen: boolean, { onStarted, onEnded }: TurnListener): void {
    this.ear.followTurns(silenceMs, isOpen, {
      onStarted: (agoMs) => {
        onStarted(agoMs);
        this.watch();
      },
      onEnded,
    });
    this.watch();
  }

  /** What the caller says next, μ-law: mostly 20 ms at a time, but not with every carrier. */
  hear(audio: Buffer, now: number): void {
    if (this.rest.length === 0 && audio.length === MULAW_FRAME_BYTES) {
      this.hearFrame(audio, now);
      return;
    }
    const waiting = Buffer.concat([this.rest, audio]);
    let at = 0;
    for (; at + MULAW_FRAME_BYTES <= waiting.length; at += MULAW_FRAME_BYTES) {
      this.hearFrame(waiting.subarray(at, at + MULAW_FRAME_BYTES), now);
    }
    this.rest = waiting.subarray(at);
  }

  /** For the wheel: how long the agent may stay paused, and a turn be open without any audio. */
  wake(now: number): void {
    const due = this.ear.deadline;
    const isLate = due !== null && now - due > LATE_MS && !this.hasWaited;
    this.hasWaited = isLate;
    if (isLate) {
      // This process was held up, and what came meanwhile is not read yet.
      this.parts.wheel.arrange(this, now + READ_MS);
      return;
    }
    this.ear.look(now);
    this.watch();
  }

  /** Nobody is interrupted any more, and no turn told. */
  end(): void {
    const { playout, wheel } = this.parts;
    playout.onSent = null;
    playout.onTakenBack = null;
    wheel.cancel(this);
    this.ear.end();
  }

  private hearFrame(frame: Buffer, now: number): void {
    const { playout } = this.parts;
    const { sent } = this;
    const isHeard = sent !== null && sent.hear(this.clock.take(now));
    this.ear.hear(frame, now, !playout.silent, isHeard ? sent.bands : null);
  }

  /** Has the wheel look at the deadline that is next, if there is one. */
  private watch(): void {
    const { deadline } = this.ear;
    if (deadline === null) this.parts.wheel.cancel(this);
    else this.parts.wheel.arrange(this, deadline);
  }

  private take(step: Step, reason: ResumeReason): void {
    const { playout, heardMs, interrupt, onStep } = this.parts;
    switch (step) {
      case 'paused':
        if (!playout.silent) playout.pause();
        this.watch();
        onStep(step, heardMs(), reason);
        return;
      case 'resumed':
        this.watch();
        onStep(step, heardMs(), reason);
        playout.resume();
        return;
      case 'given_up':
        this.watch();
        if (playout.silent) {
          // Silenced in its last milliseconds, the agent had said everything: the caller still hears
          // what it says next.
          playout.resume();
          onStep('resumed', null, 'nothing');
        } else {
          onStep(step, interrupt(), reason);
        }
        return;
      default:
        step satisfies never;
    }
  }
}

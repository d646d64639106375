import { markedMs } from './marks.js';

const FRAME_MS = 20;
/** Silence that ends a turn, where nothing else is said; and what may be said. */
export const TURN_SILENCE_MS = 600;
export const TURN_SILENCE_RANGE = { min: 200, max: 5_000 };
/** So much evidence begins a turn, within that time. */
const START_MS = 120;
const START_WITHIN_MS = 500;
/** A turn begins before the first loud sound, which may follow a soft one. */
const BEFORE_MS = 100;
/** But at most so long before it is noticed. */
const AGO_MAX_MS = 1_000;
/** After such a pause the next sound is the first one. */
const PAUSE_FRAMES = 15;
/** Where nothing comes at all, the caller is taken to be silent after this. */
const NO_MEDIA_MS = 1_000;

export interface TurnListener {
  /** The caller has begun to talk, so many milliseconds of audio ago. */
  onStarted: (agoMs: number) => void;
  /** The caller has been silent for so many milliseconds of audio. */
  onEnded: (silenceMs: number) => void;
}

/**
 * When a caller begins to talk, and has finished. The voice model says when a turn begins; that it ends, the level says.
 * Silence is counted in audio, so that it is the same where audio comes late.
 */
export class Turns {
  isOpen: boolean;
  /** A bit for each verdict, the latest lowest: whether it was the caller. */
  private evidence = 0;
  private quietFrames = 0;
  /** Since the first loud frame after a pause. */
  private soundFrames = 0;

  /**
   * @param silenceMs what ends a turn
   * @param isOpen whether one is under way
   */
  constructor(
    private readonly silenceMs: number,
    isOpen: boolean,
    private readonly listener: TurnListener,
  ) {
    this.isOpen = isOpen;
  }

  /** When {@link look} is to be called; null: need not be. */
  deadline(lastFrameAt: number): number | null {
    return this.isOpen ? lastFrameAt + NO_MEDIA_MS : null;
  }

  /** 20 ms have come. `isNear`: whether they may be the caller. */
  follow(isNear: boolean): void {
    const isAfterPause = this.quietFrames >= PAUSE_FRAMES;
    this.quietFrames = isNear ? 0 : this.quietFrames + 1;
    this.soundFrames = isNear && isAfterPause ? 1 : this.soundFrames + 1;
    if (this.isOpen && this.quietFrames * FRAME_MS >= this.silenceMs) this.end();
  }

  /** What the voice model says of a frame, in their order. Returns whether a turn has begun. */
  weigh(isCaller: boolean): boolean {
    this.evidence = (this.evidence << 1) | Number(isCaller);
    if (this.isOpen || markedMs(this.evidence, START_WITHIN_MS) < START_MS) return false;
    this.begin();
    return true;
  }

  /** The caller surely talks. */
  begin(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.listener.onStarted(Math.min(AGO_MAX_MS, this.soundFrames * FRAME_MS + BEFORE_MS));
  }

  /** Looks at the clock; see {@link deadline}. */
  look(now: number, lastFrameAt: number): void {
    if (this.isOpen && now - lastFrameAt >= NO_MEDIA_MS) this.end();
  }

  private end(): void {
    this.isOpen = false;
    this.evidence = 0;
    this.listener.onEnded(this.quietFrames * FRAME_MS);
  }
}

import { FRAME_MS, FrameClassifier } from './frame-classifier.js';

/**
 * - `started`: perhaps the caller speaks; what can be undone may be done
 * - `dropped`: it was nothing: a cough, a click
 * - `confirmed`: the caller speaks
 * - `ended`: the caller has stopped
 */
export type TurnEvent = 'started' | 'dropped' | 'confirmed' | 'ended';

/** `started`: so much sound, so much of it voiced, within so long. */
export const START_SOUND_MS = 60;
export const START_VOICED_MS = 40;
export const START_WITHIN_MS = 100;
/**
 * `confirmed`: likewise. A cough is shorter, or has no voice; "stop" is long
 * enough with the s and the p, which are not voiced.
 */
export const CONFIRM_SOUND_MS = 200;
export const CONFIRM_VOICED_MS = 120;
export const CONFIRM_WITHIN_MS = 400;
/** `dropped`: so long quiet, or so long undecided. */
export const DROP_QUIET_MS = 200;
export const DROP_UNDECIDED_MS = 1000;
/** `ended`: so long quiet. */
export const END_QUIET_MS = 600;
/** It is quiet when less than this was voiced within so long: wind is no speech, nor is a click. */
const BREAK_VOICED_MS = 40;
const BREAK_WITHIN_MS = 100;

/**
 * When the caller takes a turn and when it is over. After `started` comes
 * `dropped` or `confirmed`, after `confirmed` comes `ended`.
 */
export class TurnDetector {
  private readonly classifier = new FrameClassifier();
  private state: 'quiet' | 'started' | 'confirmed' = 'quiet';
  /** A bit for each frame, the latest lowest: 1 where it was voiced, or had sound at all. */
  private voiced = 0;
  private sound = 0;
  private quietMs = 0;
  private undecidedMs = 0;

  /** Takes the next 20 ms: 160 bytes of μ-law. What is missing is silence. */
  push(frame: Buffer): TurnEvent | null {
    const kind = this.classifier.push(frame);
    this.voiced = (this.voiced << 1) | Number(kind === 'voiced');
    this.sound = (this.sound << 1) | Number(kind !== 'quiet');
    const isSpeech =
      kind !== 'quiet' && durationMs(this.voiced, BREAK_WITHIN_MS) >= BREAK_VOICED_MS;
    this.quietMs = isSpeech ? 0 : this.quietMs + FRAME_MS;
    switch (this.state) {
      case 'quiet':
        return this.whenQuiet();
      case 'started':
        return this.whenStarted();
      case 'confirmed':
        return this.quietMs >= END_QUIET_MS ? this.over('ended') : null;
    }
  }

  private whenQuiet(): TurnEvent | null {
    const isSpeech =
      durationMs(this.sound, START_WITHIN_MS) >= START_SOUND_MS &&
      durationMs(this.voiced, START_WITHIN_MS) >= START_VOICED_MS;
    if (!isSpeech) return null;
    this.state = 'started';
    this.undecidedMs = 0;
    return 'started';
  }

  private whenStarted(): TurnEvent | null {
    this.undecidedMs += FRAME_MS;
    const isSpeech =
      durationMs(this.sound, CONFIRM_WITHIN_MS) >= CONFIRM_SOUND_MS &&
      durationMs(this.voiced, CONFIRM_WITHIN_MS) >= CONFIRM_VOICED_MS;
    if (isSpeech) {
      this.state = 'confirmed';
      return 'confirmed';
    }
    const isOver = this.quietMs >= DROP_QUIET_MS || this.undecidedMs >= DROP_UNDECIDED_MS;
    return isOver ? this.over('dropped') : null;
  }

  /** What was heard until now counts for nothing that comes. */
  private over(event: TurnEvent): TurnEvent {
    this.state = 'quiet';
    this.voiced = 0;
    this.sound = 0;
    return event;
  }
}

/** How much of the last so many milliseconds, at most 600, is marked. */
function durationMs(bits: number, withinMs: number): number {
  let frames = 0;
  let rest = bits & ((1 << (withinMs / FRAME_MS)) - 1);
  for (; rest !== 0; rest &= rest - 1) frames++;
  return frames * FRAME_MS;
}

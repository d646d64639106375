import { FRAME_MS, FrameClassifier } from './frame-classifier.js';

/**
 * - `started`: the caller may be speaking; only what can be undone should be done
 * - `dropped`: it was not speech, but a cough or a click
 * - `confirmed`: the caller speaks
 * - `ended`: the caller has stopped
 */
export type TurnEvent = 'started' | 'dropped' | 'confirmed' | 'ended';

/** `started`: this much sound, of which this much is voiced, within this time. */
const START_SOUND_MS = 60;
const START_VOICED_MS = 40;
const START_WITHIN_MS = 100;
/**
 * `confirmed`: the same for a turn. A cough is shorter, or has no voice. "Stop" is long
 * enough with its s and p, which are not voiced.
 */
const CONFIRM_SOUND_MS = 200;
const CONFIRM_VOICED_MS = 120;
const CONFIRM_WITHIN_MS = 400;
/** `dropped`: after this long quiet, or this long undecided. */
const DROP_QUIET_MS = 200;
export const DROP_UNDECIDED_MS = 1000;
/** `ended`: after this long quiet. */
export const END_QUIET_MS = 600;
/** The line counts as quiet when less than this was voiced within this time, because wind and clicks are not speech. */
const BREAK_VOICED_MS = 40;
const BREAK_WITHIN_MS = 100;

/**
 * Detects when the caller takes a turn and when the turn is over. After `started` comes
 * `dropped` or `confirmed`, after `confirmed` comes `ended`.
 */
export class TurnDetector {
  private readonly classifier = new FrameClassifier();
  private state: 'quiet' | 'started' | 'confirmed' = 'quiet';
  /** A bit for each frame, with the latest lowest: 1 if the frame was voiced, or had any sound. */
  private voiced = 0;
  private sound = 0;
  private quietMs = 0;
  private undecidedMs = 0;

  /** Takes the next 20 ms: 160 bytes of μ-law. Missing bytes count as silence. */
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

  /** Forgets what was heard until now. */
  private over(event: TurnEvent): TurnEvent {
    this.state = 'quiet';
    this.voiced = 0;
    this.sound = 0;
    return event;
  }
}

/** How many of the last milliseconds, at most 600, are marked. */
function durationMs(bits: number, withinMs: number): number {
  let frames = 0;
  let rest = bits & ((1 << (withinMs / FRAME_MS)) - 1);
  for (; rest !== 0; rest &= rest - 1) frames++;
  return frames * FRAME_MS;
}

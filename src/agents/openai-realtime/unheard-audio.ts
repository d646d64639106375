import { EarlyAudio } from './early-audio.js';

/**
 * The caller's audio that no session has understood: what comes while there is none, and what the
 * caller is saying, or has just said, until its text is known.
 */
export class UnheardAudio {
  private waiting: EarlyAudio | null = new EarlyAudio();
  private uttered: EarlyAudio | null = null;
  private isUttering = false;

  /** Whether there is no session to hear the caller. */
  get isWaiting(): boolean {
    return this.waiting !== null;
  }

  /** Whether the text of what the caller said last is known, or it was answered. */
  get isUnderstood(): boolean {
    return this.uttered === null;
  }

  /** 20 ms of the caller's, as a rule. True: a session is to hear it. */
  take(audio: Buffer): boolean {
    if (this.waiting) {
      this.waiting.keep(audio);
      return false;
    }
    if (this.isUttering) this.uttered?.keep(audio);
    return true;
  }

  callerBegan(): void {
    this.uttered = new EarlyAudio();
    this.isUttering = true;
  }

  callerEnded(): void {
    this.isUttering = false;
  }

  /** The text of it is known, or was answered. */
  understood(): void {
    if (!this.isUttering) this.uttered = null;
  }

  /**
   * The session is lost.
   * @param isOpen whether what the caller has said last was not answered
   * @returns whether the next one hears it again
   */
  sessionLost(isOpen: boolean): boolean {
    const again = isOpen ? this.uttered : null;
    this.waiting ??= again ?? new EarlyAudio();
    this.uttered = null;
    this.isUttering = false;
    return again !== null;
  }

  /** There is a session again: what it is to hear first. */
  handOver(): Buffer {
    const audio = this.waiting?.all() ?? Buffer.alloc(0);
    this.waiting = null;
    return audio;
  }
}

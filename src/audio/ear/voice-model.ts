/** Bytes of μ-law of a window, which is what a voice model hears at a time: 32 ms. */
export const WINDOW_BYTES = 256;

/**
 * Tells how likely sounds are a voice. It is expensive, and asked only while a cheap test says that the caller may
 * be talking over the agent: for some hundred milliseconds.
 */
export abstract class VoiceModel {
  /**
   * Callers may be listened to from now on: what takes time to start is started. Called once for each call, when it begins; it
   * returns at once and must not throw. Default: there is nothing to start.
   */
  prepare(): void {
    // Most have all they need.
  }

  /**
   * Begins to listen to a caller, without any memory of before. `onHeard` is told the probability that the last window of
   * each {@link ListenedVoice.push} is a voice, from 0 to 1: once for each, in their order, at once or some milliseconds later.
   * It must not throw.
   *
   * @param windows how many will be pushed at once, to begin with
   * @returns null: it has no time, now; the next caller may be listened to again
   */
  abstract listen(windows: number, onHeard: (probability: number) => void): ListenedVoice | null;
}

/** A caller whom a {@link VoiceModel} listens to. */
export interface ListenedVoice {
  /**
   * Takes what came next: whole windows of {@link WINDOW_BYTES} of μ-law, at least one. They are the model's from now on.
   * False: it has no time, and listens no more; what was pushed before may still be told.
   */
  push(windows: Uint8Array): boolean;
  /** It listens no more, and nothing more is told. */
  end(): void;
}

import { WINDOW_BYTES } from '../ear/voice-model.js';
import { MULAW_TO_SAMPLE } from '../mulaw-tables.js';
import { SileroNet, SileroState, WINDOW_SAMPLES } from './silero.js';
import type { SileroWeights } from './weights.js';

const SAMPLES = Float64Array.from(MULAW_TO_SAMPLE, (sample) => sample / 32_768);

/** Silero VAD on several callers at once, by numbers that whoever asks gives them; what they say is μ-law. */
export class MulawVoices {
  private readonly net: SileroNet;
  private readonly states = new Map<number, SileroState>();
  private readonly window = new Float64Array(WINDOW_SAMPLES);

  constructor(weights: SileroWeights) {
    this.net = new SileroNet(weights);
  }

  /** Takes whole windows, at least one, of a caller who is new or was heard before. Returns the probability of the last. */
  hear(voice: number, windows: Uint8Array): number {
    let state = this.states.get(voice);
    if (!state) this.states.set(voice, (state = new SileroState()));
    let probability = 0;
    for (let from = 0; from < windows.length; from += WINDOW_BYTES) {
      for (let at = 0; at < WINDOW_BYTES; at++) this.window[at] = SAMPLES[windows[from + at]!]!;
      probability = this.net.hear(state, this.window);
    }
    return probability;
  }

  forget(voice: number): void {
    this.states.delete(voice);
  }
}

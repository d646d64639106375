import { MULAW_TO_SAMPLE, SAMPLE_TO_MULAW } from './mulaw-tables.js';
import { AudioKernel, MEMORY_BYTES, WEIGHT_ONE } from './audio-kernel.js';

/** The kernel in plain TypeScript: what the WebAssembly must do, and what does it where there is none. */
export class PlainKernel extends AudioKernel {
  constructor() {
    super(new ArrayBuffer(MEMORY_BYTES));
  }

  decodeMulaw(from: number, to: number, count: number): void {
    const { bytes, samples } = this;
    const first = to / 2;
    for (let index = 0; index < count; index++) {
      samples[first + index] = MULAW_TO_SAMPLE[bytes[from + index]!]!;
    }
  }

  encodeMulaw(from: number, to: number, count: number): void {
    const { bytes, samples } = this;
    const first = from / 2;
    for (let index = 0; index < count; index++) {
      bytes[to + index] = SAMPLE_TO_MULAW[samples[first + index]! & 0xffff]!;
    }
  }

  filter(
    from: number,
    step: number,
    row: number,
    taps: number,
    to: number,
    stride: number,
    count: number,
  ): void {
    const { samples } = this;
    const weights = row / 2;
    let first = from / 2;
    let output = to / 2;
    for (let done = 0; done < count; done++) {
      let sum = WEIGHT_ONE / 2;
      for (let tap = 0; tap < taps; tap++) {
        // Whole numbers of 32 bits throughout, as in the processor's registers.
        sum = (sum + samples[first + tap]! * samples[weights + tap]!) | 0;
      }
      const value = sum >> 14;
      samples[output] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
      first += step;
      output += stride;
    }
  }
}

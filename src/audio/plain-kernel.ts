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
      // Whole numbers of 32 bits throughout, as in the processor's registers; four sums need not wait
      // for one another.
      let a = WEIGHT_ONE / 2;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let tap = 0; tap < taps; tap += 4) {
        const at = first + tap;
        const by = weights + tap;
        a = (a + samples[at]! * samples[by]!) | 0;
        b = (b + samples[at + 1]! * samples[by + 1]!) | 0;
        c = (c + samples[at + 2]! * samples[by + 2]!) | 0;
        d = (d + samples[at + 3]! * samples[by + 3]!) | 0;
      }
      const value = (a + b + c + d) >> 14;
      samples[output] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
      first += step;
      output += stride;
    }
  }
}

/** The most samples at 8 kHz that the memory holds at once: of more, one block after another is converted. */
export const BLOCK = 1024;
/** The highest rate, in multiples of 8 kHz. */
export const FACTOR_MAX = 3;
/** Weights are in parts of it: 1 is 16,384. */
export const WEIGHT_ONE = 2 ** 14;

/**
 * Where things are in a kernel's memory, in bytes. Behind each part is room for what a kernel may write
 * beyond its end (see {@link AudioKernel}).
 */
export const Place = {
  /** The filters' rows. */
  rows: 0,
  /** G.711, to be decoded or encoded. */
  codes: 1024,
  /** Where samples to be filtered end: what they follow is before them, wherever they begin. */
  inputEnd: 12_288,
  /** What was filtered. */
  output: 16_384,
} as const;
export const MEMORY_BYTES = 65_536;

/**
 * The arithmetic of audio that is done for every frame of every call, on a memory of its own. Places
 * are bytes of that memory, samples have 16 bits, and up to three more than `count` may be read and
 * written. Nothing is kept from one call of a function to the next, so one kernel serves all calls.
 * Whatever the samples are, all kernels do the same bit for bit; nothing throws.
 */
export abstract class AudioKernel {
  /** All of the memory, as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same memory, as samples. */
  readonly samples: Int16Array<ArrayBuffer>;

  constructor(memory: ArrayBuffer) {
    this.bytes = new Uint8Array(memory);
    this.samples = new Int16Array(memory);
  }

  /** Makes `count` samples of as many bytes of μ-law. */
  abstract decodeMulaw(from: number, to: number, count: number): void;

  /** Makes `count` bytes of μ-law of as many samples. */
  abstract encodeMulaw(from: number, to: number, count: number): void;

  /**
   * Makes `count` samples, each the sum of `taps` samples multiplied by the weights of a row, rounded
   * and limited to 16 bits. The first begins at `from`, the next `step` samples further on. They are
   * written to every `stride`-th sample from `to` on.
   *
   * @param taps a multiple of eight
   */
  abstract filter(
    from: number,
    step: number,
    row: number,
    taps: number,
    to: number,
    stride: number,
    count: number,
  ): void;
}

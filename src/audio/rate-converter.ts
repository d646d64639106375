import { FACTOR_MAX, Place, type AudioKernel } from './audio-kernel.js';
import { downwards, install, upwards, type TelephoneFilter } from './telephone-filters.js';

/** A filter whose rows are in a kernel's memory, at `row`. */
interface Installed {
  kernel: AudioKernel;
  filter: TelephoneFilter;
  row: number;
}

/** A kernel with its filters. All converters of a program share one. */
export class RateConverters {
  private readonly ups: readonly Installed[];
  private readonly downs: readonly Installed[];

  constructor(readonly kernel: AudioKernel) {
    const factors = Array.from({ length: FACTOR_MAX - 1 }, (_, index) => index + 2);
    const filters = [...factors.map(upwards), ...factors.map(downwards)];
    const rows = install(kernel, filters);
    const all = filters.map((filter, index) => ({ kernel, filter, row: rows[index] as number }));
    this.ups = all.slice(0, factors.length);
    this.downs = all.slice(factors.length);
  }

  /** @param factor 1 to 3 @returns null where nothing is to be converted */
  up(factor: number): RateConverter | null {
    const installed = this.ups[factor - 2];
    return installed ? new RateConverter(installed) : null;
  }

  /** @param factor 1 to 3 @returns null where nothing is to be converted */
  down(factor: number): RateConverter | null {
    const installed = this.downs[factor - 2];
    return installed ? new RateConverter(installed) : null;
  }
}

/**
 * Converts one channel of samples between 8 kHz and a multiple of it, piece by piece. The output does
 * not depend on how the input is cut: sample n is the input at the same time. It must look
 * {@link lookahead} samples ahead, so the output lags behind the input by that much.
 */
export class RateConverter {
  /** Input samples that are held back until more comes: 2 ms. */
  readonly lookahead: number;
  private readonly kernel: AudioKernel;
  private readonly filter: TelephoneFilter;
  private readonly row: number;
  /** The newest samples of the input, of which the last {@link heldCount} are needed again. */
  private readonly held: Int16Array;
  private heldCount = 0;
  /** Where the newest samples are after a {@link convert}. */
  private readonly newest: Int16Array;

  constructor({ kernel, filter, row }: Installed) {
    this.kernel = kernel;
    this.filter = filter;
    this.row = row;
    this.lookahead = filter.lookahead;
    this.held = new Int16Array(filter.taps - 1);
    const end = Place.inputEnd / 2;
    this.newest = kernel.samples.subarray(end - this.held.length, end);
    this.reset();
  }

  /** How many samples `count` more make. */
  outputsOf(count: number): number {
    const { taps, up, down } = this.filter;
    return Math.max(0, Math.ceil((this.heldCount + count - taps + 1) / down)) * up;
  }

  /**
   * Converts the next `count` samples, which end at `Place.inputEnd`, and are no more than a block.
   * Returns how many samples are at `Place.output` then.
   */
  convert(count: number): number {
    const { kernel, row, held } = this;
    const { taps, up, down } = this.filter;
    const outputs = this.outputsOf(count);
    const end = Place.inputEnd / 2;
    kernel.samples.set(held, end - count - held.length);
    const first = (end - count - this.heldCount) * 2;
    const windows = outputs / up;
    for (let phase = 0; phase < up; phase++) {
      const weights = row + phase * taps * 2;
      kernel.filter(first, down, weights, taps, Place.output + phase * 2, up, windows);
    }
    held.set(this.newest);
    this.heldCount += count - windows * down;
    return outputs;
  }

  /** As {@link convert}, of silence. */
  convertSilence(count: number): number {
    const end = Place.inputEnd / 2;
    this.kernel.samples.fill(0, end - count, end);
    return this.convert(count);
  }

  /** What comes next is the beginning of new audio, with silence before it. */
  reset(): void {
    this.held.fill(0);
    this.heldCount = this.filter.taps - this.lookahead - 1;
  }
}

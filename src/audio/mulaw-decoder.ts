import { BLOCK, Place } from './audio-kernel.js';
import { MemoryPart } from './memory-part.js';
import type { RateConverter, RateConverters } from './rate-converter.js';

/** Makes 16-bit samples at a multiple of 8 kHz of μ-law, for one call: what its caller says. */
export class MulawDecoder {
  private readonly converter: RateConverter | null;
  private readonly result: MemoryPart;

  /** @param factor 1, 2 or 3 */
  constructor(
    private readonly converters: RateConverters,
    private readonly factor: number,
  ) {
    this.converter = converters.up(factor);
    this.result = new MemoryPart(converters.kernel.bytes, Place.output);
    // Silence in advance, so that every frame of 20 ms, including the first, gives one of 20 ms.
    if (this.converter) this.converter.convertSilence(this.converter.lookahead);
  }

  /** Returns as many milliseconds as it is given, little-endian; 2 ms late, unless at 8 kHz. */
  write(mulaw: Buffer): Buffer {
    const bytes = 2 * this.factor;
    const audio = Buffer.allocUnsafe(mulaw.length * bytes);
    for (let at = 0; at < mulaw.length; at += BLOCK) {
      // A frame is a block by itself, as a rule: no array is made of it.
      const block = mulaw.length <= BLOCK ? mulaw : mulaw.subarray(at, at + BLOCK);
      this.decode(block);
      audio.set(this.result.first(block.length * bytes), at * bytes);
    }
    return audio;
  }

  private decode(mulaw: Buffer): void {
    const { kernel } = this.converters;
    const count = mulaw.length;
    kernel.bytes.set(mulaw, Place.codes);
    if (this.converter) {
      kernel.decodeMulaw(Place.codes, Place.inputEnd - 2 * count, count);
      this.converter.convert(count);
    } else {
      kernel.decodeMulaw(Place.codes, Place.output, count);
    }
  }
}

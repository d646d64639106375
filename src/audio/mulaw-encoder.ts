import { BLOCK, Place } from './audio-kernel.js';
import { MemoryPart } from './memory-part.js';
import type { RateConverter, RateConverters } from './rate-converter.js';

/** Makes μ-law of 16-bit samples at a multiple of 8 kHz, for one call: what its agent says. */
export class MulawEncoder {
  private readonly converter: RateConverter | null;
  private readonly result: MemoryPart;
  private readonly block: number;
  /** The first byte of a sample whose second has not come yet. */
  private half: Buffer | null = null;

  /** @param factor 1, 2 or 3 */
  constructor(
    private readonly converters: RateConverters,
    factor: number,
  ) {
    this.converter = converters.down(factor);
    this.result = new MemoryPart(converters.kernel.bytes, Place.codes);
    this.block = 2 * factor * BLOCK;
  }

  /** Takes any number of bytes, little-endian, even half a sample. The result may be empty: it is 2 ms late, unless at 8 kHz. */
  write(chunk: Buffer): Buffer {
    const bytes = this.half === null ? chunk : Buffer.concat([this.half, chunk]);
    const whole = bytes.length & ~1;
    // This is a copy, because the chunk's memory belongs to the agent.
    this.half = whole === bytes.length ? null : Buffer.from(bytes.subarray(whole));
    const mulaw = Buffer.allocUnsafe(this.outputsOf(whole / 2));
    let written = 0;
    for (let at = 0; at < whole; at += this.block) {
      // What an agent says at once is a block by itself, as a rule: no array is made of it.
      const length = Math.min(this.block, whole - at);
      const block = length === bytes.length ? bytes : bytes.subarray(at, at + length);
      this.converters.kernel.bytes.set(block, Place.inputEnd - length);
      written = this.encode(mulaw, written, length / 2);
    }
    return mulaw;
  }

  /** Returns what is still held. Half a sample that was never completed is dropped. What is written next is new audio. */
  flush(): Buffer {
    this.half = null;
    const { converter } = this;
    if (!converter) return Buffer.alloc(0);
    const mulaw = Buffer.allocUnsafe(converter.outputsOf(converter.lookahead));
    const outputs = converter.convertSilence(converter.lookahead);
    this.put(mulaw, 0, Place.output, outputs);
    converter.reset();
    return mulaw;
  }

  private outputsOf(count: number): number {
    return this.converter ? this.converter.outputsOf(count) : count;
  }

  /** Encodes `count` samples that end at `Place.inputEnd`. Returns how many bytes are written then. */
  private encode(mulaw: Buffer, written: number, count: number): number {
    const { converter } = this;
    if (!converter) return this.put(mulaw, written, Place.inputEnd - 2 * count, count);
    return this.put(mulaw, written, Place.output, converter.convert(count));
  }

  private put(mulaw: Buffer, written: number, from: number, count: number): number {
    this.converters.kernel.encodeMulaw(from, Place.codes, count);
    mulaw.set(this.result.first(count), written);
    return written + count;
  }
}

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeMulaw, encodeMulaw } from './mulaw.js';
import { pcmSamples } from './pcm.js';
import { BLOCK, Place, type AudioKernel } from './audio-kernel.js';
import { bestKernel } from './best-kernel.js';
import { MulawDecoder } from './mulaw-decoder.js';
import { MulawEncoder } from './mulaw-encoder.js';
import { PlainKernel } from './plain-kernel.js';
import { RateConverters } from './rate-converter.js';
import { WasmKernel, type WebAssemblyApi } from './wasm-kernel.js';

const KERNELS: Array<[name: string, kernel: AudioKernel]> = [
  ['plain', new PlainKernel()],
  ['best', bestKernel()],
];
const [plain, best] = KERNELS.map(([, kernel]) => kernel) as [AudioKernel, AudioKernel];
const ALL_SAMPLES = Int16Array.from({ length: 65_536 }, (_, bits) => bits);
const ALL_CODES = Uint8Array.from({ length: 256 }, (_, code) => code);

describe('the kernel', () => {
  it('is WebAssembly here, and plain where an engine has none or lacks its instructions', () => {
    expect(best).toBeInstanceOf(WasmKernel);
    expect(bestKernel({})).toBeInstanceOf(PlainKernel);
    const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
    const { Module, Instance } = api;
    const lacking = { Module, Instance, validate: () => false };
    expect(bestKernel({ WebAssembly: lacking })).toBeInstanceOf(PlainKernel);
  });

  it.each(KERNELS)('knows each code of μ-law and each sample: %s', (_, kernel) => {
    kernel.bytes.set(ALL_CODES, Place.codes);
    kernel.decodeMulaw(Place.codes, Place.output, 256);
    const decoded = kernel.samples.slice(Place.output / 2, Place.output / 2 + 256);
    expect(decoded).toEqual(decodeMulaw(ALL_CODES));
    for (let at = 0; at < ALL_SAMPLES.length; at += BLOCK) {
      const block = ALL_SAMPLES.subarray(at, at + BLOCK);
      kernel.samples.set(block, Place.output / 2);
      kernel.encodeMulaw(Place.output, Place.codes, BLOCK);
      const encoded = kernel.bytes.slice(Place.codes, Place.codes + BLOCK);
      expect(Buffer.from(encoded).equals(encodeMulaw(block))).toBe(true);
    }
  });

  it('filters to the same bit in WebAssembly as in plain TypeScript, whatever the numbers', () => {
    const samples = fc.int16Array({ minLength: 512, maxLength: 512 });
    const taps = fc.integer({ min: 1, max: 12 }).map((eights) => eights * 8);
    const few = fc.integer({ min: 1, max: 3 });
    const counts = fc.integer({ min: 0, max: 90 });
    fc.assert(
      fc.property(
        samples,
        samples,
        taps,
        few,
        few,
        counts,
        (row, input, length, step, stride, count) => {
          const results = [plain, best].map((kernel) => {
            kernel.samples.set(row, Place.rows / 2);
            kernel.samples.set(input, 4096);
            kernel.samples.fill(0, Place.output / 2, Place.output / 2 + 300);
            kernel.filter(8192, step, Place.rows, length, Place.output, stride, count);
            const outputs = kernel.samples.subarray(Place.output / 2, Place.output / 2 + 300);
            return Array.from({ length: count }, (_, index) => outputs[index * stride]);
          });
          expect(results[1]).toEqual(results[0]);
        },
      ),
    );
  });

  it('limits what is louder than 16 bits', () => {
    for (const kernel of [plain, best]) {
      kernel.samples.fill(16_384, 0, 8);
      kernel.samples.fill(32_767, 4096, 4104);
      kernel.samples.fill(-32_768, 4104, 4112);
      kernel.samples.fill(0, 3, 8);
      kernel.filter(8192, 8, 0, 8, Place.output, 1, 2);
      const at = Place.output / 2;
      expect([...kernel.samples.subarray(at, at + 2)]).toEqual([32_767, -32_768]);
    }
  });
});

describe('a call converted by WebAssembly', () => {
  const converters = [new PlainKernel(), bestKernel()].map((kernel) => new RateConverters(kernel));
  const pieces = fc.array(fc.uint8Array({ maxLength: 4_000 }), { maxLength: 6 });

  it.each([1, 2, 3])(
    'is the same as by plain TypeScript at %i times 8 kHz, in any pieces',
    (factor) => {
      fc.assert(
        fc.property(pieces, (chunks) => {
          const [one, other] = converters.map((by) => {
            const decoder = new MulawDecoder(by, factor);
            const encoder = new MulawEncoder(by, factor);
            const heard = chunks.map((chunk) => decoder.write(Buffer.from(chunk)));
            const said = heard.map((audio) => encoder.write(audio.subarray(1)));
            return { heard: Buffer.concat(heard), said: Buffer.concat([...said, encoder.flush()]) };
          });
          expect(one?.heard.equals(other?.heard as Buffer)).toBe(true);
          expect(one?.said.equals(other?.said as Buffer)).toBe(true);
        }),
        { numRuns: 20 },
      );
    },
  );

  it.each([1, 2, 3])(
    'is heard the same at %i times 8 kHz however it is cut, also in long pieces',
    (factor) => {
      const [, by] = converters as [RateConverters, RateConverters];
      fc.assert(
        fc.property(pieces, (chunks) => {
          const decoder = new MulawDecoder(by, factor);
          const cut = Buffer.concat(chunks.map((chunk) => decoder.write(Buffer.from(chunk))));
          const whole = new MulawDecoder(by, factor).write(Buffer.concat(chunks));
          expect(cut.equals(whole)).toBe(true);
          expect(pcmSamples(whole)).toHaveLength(factor * Buffer.concat(chunks).length);
        }),
        { numRuns: 20 },
      );
    },
  );
});

import type { AudioFormat } from '../../src/audio/audio-format.js';
import { bestKernel } from '../../src/audio/best-kernel.js';
import { decodeMulaw, encodeMulaw, MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';
import { MulawDecoder } from '../../src/audio/mulaw-decoder.js';
import { MulawEncoder } from '../../src/audio/mulaw-encoder.js';
import { pcmBytes, pcmSamples } from '../../src/audio/pcm.js';
import { PlainKernel } from '../../src/audio/plain-kernel.js';
import { RateConverters } from '../../src/audio/rate-converter.js';
import { Resampler } from '../../src/audio/resampler.js';
import { bytesPerMs, sampleRateOf } from '../../src/audio/transcoder.js';
import { roomNoise } from './media/working/voice.js';

export const RESAMPLING_HELP = `  resampling    what converting a frame in and one out costs, by the kernel and otherwise
`;

const FORMATS: readonly AudioFormat[] = ['pcm_8000', 'pcm_16000', 'pcm_24000'];
const RATE = 8_000;
const FRAME_MS = 20;
/** As a service has them: nothing of one call is in the processor's memory when its next frame comes. */
const CALLS = 100;
const ROUNDS = 7;
const FRAMES_A_ROUND = 200;

/** One call's conversion of a frame each way. */
type Convert = (mulaw: Buffer, pcm: Buffer) => void;

export interface ResamplingResult {
  format: AudioFormat;
  /** µs of processor time for a frame in and one out: the best of seven rounds. */
  kernelUs: number;
  plainUs: number;
  generalUs: number;
}

/** Measures the kernel, the same in plain TypeScript, and the general resampler with G.711 before and after. */
export function benchResampling(): ResamplingResult[] {
  const [best, plain] = [bestKernel(), new PlainKernel()].map(
    (kernel) => new RateConverters(kernel),
  );
  return FORMATS.map((format) => {
    const factor = sampleRateOf(format) / RATE;
    const by = (converters: RateConverters | undefined) =>
      microseconds(format, () => byKernel(converters as RateConverters, factor));
    const [kernelUs, plainUs] = [by(best), by(plain)];
    const result = {
      format,
      kernelUs,
      plainUs,
      generalUs: microseconds(format, () => byResampler(RATE * factor)),
    };
    print(result);
    return result;
  });
}

function byKernel(converters: RateConverters, factor: number): Convert {
  const decoder = new MulawDecoder(converters, factor);
  const encoder = new MulawEncoder(converters, factor);
  return (mulaw, pcm) => {
    decoder.write(mulaw);
    encoder.write(pcm);
  };
}

/** As it was done before there was a kernel. */
function byResampler(rate: number): Convert {
  const [up, down] = [new Resampler(RATE, rate), new Resampler(rate, RATE)];
  return (mulaw, pcm) => {
    pcmBytes(up.write(decodeMulaw(mulaw)));
    encodeMulaw(down.write(pcmSamples(pcm)));
  };
}

function microseconds(format: AudioFormat, converter: () => Convert): number {
  const calls = Array.from({ length: CALLS }, converter);
  const mulaw = encodeMulaw(roomNoise(MULAW_FRAME_BYTES));
  const pcm = pcmBytes(roomNoise((FRAME_MS * bytesPerMs(format)) / 2));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let frame = 0; frame < FRAMES_A_ROUND; frame += 1) {
      for (const convert of calls) convert(mulaw, pcm);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (FRAMES_A_ROUND * CALLS);
  });
  return Math.min(...rounds);
}

function print({ format, kernelUs, plainUs, generalUs }: ResamplingResult): void {
  process.stdout.write(
    `  ${format.padEnd(12)}kernel ${kernelUs.toFixed(2)} µs; in plain TypeScript ${plainUs.toFixed(1)} µs; ` +
      `general resampler ${generalUs.toFixed(1)} µs (${(generalUs / kernelUs).toFixed(1)} ×)\n`,
  );
}

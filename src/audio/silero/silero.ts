import { timesFour, timesOne, timesTwo } from './times.js';
import type { SileroWeights } from './weights.js';

/** Samples of a window: 32 ms. */
export const WINDOW_SAMPLES = 256;
/** Of the window before, which each window is heard with. */
const CONTEXT = 32;
const HOP = 64;
const BINS = 65;
const UNITS = 128;

/** What the net remembers of one voice: 2.3 kB. */
export class SileroState {
  readonly context = new Float64Array(CONTEXT);
  readonly output = new Float64Array(UNITS);
  readonly cell = new Float64Array(UNITS);
}

/**
 * Silero VAD for 8 kHz: how likely 32 ms of sound are speech. A short-time spectrum, four convolutions, one
 * recurrent layer, 235,649 weights. The same on every machine with IEEE floats.
 *
 * One for all voices: what belongs to one is its {@link SileroState}.
 */
export class SileroNet {
  private readonly input = new Float64Array(CONTEXT + WINDOW_SAMPLES + CONTEXT);
  private readonly waves = new Float64Array(4 * 2 * BINS);
  /** With a moment of nothing before and after it, as the convolutions want it. */
  private readonly magnitudes = new Float64Array((1 + 4 + 1) * BINS);
  private readonly first = new Float64Array((1 + 4) * UNITS);
  private readonly second = new Float64Array(2 * 64);
  private readonly third = new Float64Array(64);
  private readonly recurrentInput = new Float64Array(2 * UNITS);
  private readonly gates = new Float64Array(4 * UNITS);

  constructor(private readonly weights: SileroWeights) {}

  /**
   * Takes the next window of a voice.
   * @param samples 256 of them, from −1 to 1
   * @returns the probability that this is speech, from 0 to 1
   */
  hear(state: SileroState, samples: Float64Array): number {
    this.take(state, samples);
    this.encode();
    this.remember(state);
    const { weights, biases } = this.weights.decoder;
    let sum = biases[0]!;
    for (let unit = 0; unit < UNITS; unit++) {
      sum += weights[unit]! * Math.max(0, state.output[unit]!);
    }
    return sigmoid(sum);
  }

  /** The magnitudes of four moments. */
  private take({ context }: SileroState, samples: Float64Array): void {
    const { input, waves, magnitudes } = this;
    input.set(context);
    input.set(samples, CONTEXT);
    const end = CONTEXT + WINDOW_SAMPLES;
    // The end is mirrored.
    for (let n = 0; n < CONTEXT; n++) input[end + n] = input[end - 2 - n]!;
    context.set(samples.subarray(WINDOW_SAMPLES - CONTEXT));
    timesFour(this.weights.spectrum, input, HOP, waves, 0);
    for (let moment = 0; moment < 4; moment++) {
      for (let bin = 0; bin < BINS; bin++) {
        const at = moment * 2 * BINS + bin;
        const real = waves[at]!;
        const imaginary = waves[at + BINS]!;
        magnitudes[(1 + moment) * BINS + bin] = Math.sqrt(real * real + imaginary * imaginary);
      }
    }
  }

  private encode(): void {
    const [first, second, third, fourth] = this.weights.encoder;
    timesFour(first, this.magnitudes, BINS, this.first, UNITS);
    rectify(this.first);
    timesTwo(second, this.first, 2 * UNITS, this.second, 0);
    rectify(this.second);
    timesOne(third, this.second, this.third);
    rectify(this.third);
    timesOne(fourth, this.third, this.recurrentInput);
    for (let unit = 0; unit < UNITS; unit++) {
      this.recurrentInput[unit] = Math.max(0, this.recurrentInput[unit]!);
    }
  }

  private remember({ output, cell }: SileroState): void {
    const { recurrentInput, gates } = this;
    recurrentInput.set(output, UNITS);
    timesOne(this.weights.recurrent, recurrentInput, gates);
    for (let unit = 0; unit < UNITS; unit++) {
      const keep = sigmoid(gates[UNITS + unit]!);
      const news = sigmoid(gates[unit]!) * Math.tanh(gates[2 * UNITS + unit]!);
      cell[unit] = keep * cell[unit]! + news;
      output[unit] = sigmoid(gates[3 * UNITS + unit]!) * Math.tanh(cell[unit]!);
    }
  }
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function rectify(values: Float64Array): void {
  for (let at = 0; at < values.length; at++) if (values[at]! < 0) values[at] = 0;
}

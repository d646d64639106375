// Runs beside the page, in the audio thread, once for every 128 samples. It passes on
// what the microphone gives and plays what is heard.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;
declare const sampleRate: number;

/** Samples are passed on in pieces of about 20 ms. */
const BLOCK = 1024;
/** How much must have arrived before it is played, because the network is uneven. */
const BEGIN = Math.round(sampleRate * 0.06);
/** More than this would be a delay that stays. */
const MOST = Math.round(sampleRate * 0.5);

class PhoneProcessor extends AudioWorkletProcessor {
  private readonly block = new Float32Array(BLOCK);
  private filled = 0;
  private waiting: Float32Array[] = [];
  private waitingCount = 0;
  private offset = 0;
  private playing = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Float32Array | null>) => {
      if (data) this.add(data);
      else this.drop(0);
    };
  }

  process([microphone]: Float32Array[][], [speaker]: Float32Array[][]): boolean {
    this.listen(microphone?.[0]);
    const output = speaker?.[0];
    if (output) this.play(output);
    return true;
  }

  private listen(samples: Float32Array | undefined): void {
    if (!samples) return;
    this.block.set(samples, this.filled);
    this.filled += samples.length;
    if (this.filled < BLOCK) return;
    this.port.postMessage(this.block.slice());
    this.filled = 0;
  }

  private add(samples: Float32Array): void {
    this.waiting.push(samples);
    this.waitingCount += samples.length;
    if (this.waitingCount > MOST) this.drop(BEGIN);
    if (this.waitingCount >= BEGIN) this.playing = true;
  }

  private drop(keep: number): void {
    while (this.waiting[0] && this.waitingCount > keep) {
      this.waitingCount -= (this.waiting.shift()?.length ?? 0) - this.offset;
      this.offset = 0;
    }
  }

  private play(output: Float32Array): void {
    for (let at = 0; at < output.length; at += 1) {
      const first = this.waiting[0];
      if (!this.playing || !first) {
        this.playing = false;
        output[at] = 0;
        continue;
      }
      output[at] = first[this.offset] ?? 0;
      this.offset += 1;
      this.waitingCount -= 1;
      if (this.offset === first.length) {
        this.waiting.shift();
        this.offset = 0;
      }
    }
  }
}

registerProcessor('patchbay-phone', PhoneProcessor);

import type { Echo } from './plan.js';

/** 2 s, a power of two of samples. */
const KEPT = 16_384;
const PER_MS = 8;
/** A room: how loud, and how many samples later. */
const REFLECTIONS = [
  [0.8, 0],
  [0.4, 88],
  [0.25, 200],
  [0.15, 410],
] as const;
const CLIPS_AT = 5_000;
const TOO_LOUD = 1.6;

/** From a phone's loudspeaker to its microphone. */
export class EchoWay {
  private readonly played = new Float64Array(KEPT);
  private at = 0;

  /** The loudspeaker plays this. */
  play(samples: Int16Array): void {
    for (const sample of samples) {
      this.played[this.at & (KEPT - 1)] = sample;
      this.at += 1;
    }
  }

  /** What comes back of it in the microphone while the last `line.length` samples are played is added to `line`. */
  addTo(line: Float64Array, { db, delayMs, path }: Echo): void {
    const gain = 10 ** (db / 20);
    const { played } = this;
    const from = this.at - line.length - delayMs * PER_MS;
    switch (path) {
      case 'plain':
        for (let n = 0; n < line.length; n += 1)
          line[n]! += gain * played[(from + n) & (KEPT - 1)]!;
        return;
      case 'room':
        for (const [weaker, later] of REFLECTIONS) {
          for (let n = 0; n < line.length; n += 1) {
            line[n]! += gain * weaker * played[(from + n - later) & (KEPT - 1)]!;
          }
        }
        return;
      case 'clipped':
        for (let n = 0; n < line.length; n += 1) {
          const loud = TOO_LOUD * played[(from + n) & (KEPT - 1)]!;
          line[n]! += gain * Math.max(-CLIPS_AT, Math.min(CLIPS_AT, loud));
        }
        return;
      default:
        path satisfies never;
    }
  }
}

import { BANDS, FLOOR_DB, LevelMeter } from './levels.js';

const FRAME_MS = 20;
/** 1.28 s: what was sent is heard well before. */
const SLOTS = 64;
const SLOT = 1 + BANDS;
/** Frames of the caller's that came at once are no more than this behind one another in what was sent. */
const CATCH_UP = 4;

/** How loud what the agent says is, by the time at which the caller hears it. Times in milliseconds of one clock. */
export class SentLevels {
  /** What the caller heard up to the last {@link hear}. */
  readonly bands = new Float64Array(BANDS).fill(FLOOR_DB);
  private readonly meter = new LevelMeter();
  /** Slots of a frame each: which frame of time it is of, and its bands. */
  private readonly kept = new Float64Array(SLOTS * SLOT).fill(-1);
  private heardTo = -1;

  /** A frame was sent that the caller hears from `at` on. */
  send(frame: Uint8Array, at: number): void {
    const time = Math.floor(at / FRAME_MS);
    const { kept, meter } = this;
    const slot = slotOf(time);
    meter.measure(frame);
    kept[slot] = time;
    for (let band = 0; band < BANDS; band++) kept[slot + 1 + band] = meter.bands[band]!;
  }

  /** What the caller would have heard from `at` on was taken back. */
  takeBack(at: number): void {
    const time = Math.floor(at / FRAME_MS);
    const { kept } = this;
    for (let slot = 0; slot < kept.length; slot += SLOT) if (kept[slot]! >= time) kept[slot] = -1;
  }

  /** The time has come to `now`. Returns whether the caller heard anything meanwhile. */
  hear(now: number): boolean {
    const time = Math.floor(now / FRAME_MS);
    const from = Math.max(Math.min(this.heardTo + 1, time), time - CATCH_UP);
    this.heardTo = time;
    const { bands, kept } = this;
    for (let band = 0; band < BANDS; band++) bands[band] = FLOOR_DB;
    let isAny = false;
    for (let then = from; then <= time; then++) {
      const slot = slotOf(then);
      if (kept[slot] !== then) continue;
      isAny = true;
      for (let band = 0; band < BANDS; band++) {
        bands[band] = Math.max(bands[band]!, kept[slot + 1 + band]!);
      }
    }
    return isAny;
  }
}

/** Where a frame of time is kept. */
function slotOf(time: number): number {
  return (time & (SLOTS - 1)) * SLOT;
}

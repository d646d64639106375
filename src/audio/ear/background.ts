import { FLOOR_DB } from './levels.js';

/** The noise is the level of the quietest frame of 1.6 s, so that sound that stays longer is noise. */
const SPANS = 8;
const SPAN_FRAMES = 10;
/** Louder sound does not count as noise before 1.6 s are over, because a call may begin with "hello". */
const MAX_FIRST_NOISE_DB = -45;

/** The crowd is the level that this part of the last 3 s stays below: babble and music raise it, one talker with gaps does not. */
const CROWD_PART = 0.3;
const CROWD_FRAMES = 150;
/** Not known before. */
const CROWD_AFTER_FRAMES = 100;
/** Levels are counted in steps of 2 dB, from here on. */
const LOWEST_DB = -80;
const STEP_DB = 2;
const STEPS = 40;

/** What is always there on a line: its noise, and a crowd or music behind the caller. Levels in dBov. */
export class Background {
  noise = MAX_FIRST_NOISE_DB;
  crowd = FLOOR_DB;
  private frames = 0;
  private readonly quietest = new Float64Array(SPANS).fill(MAX_FIRST_NOISE_DB);
  /** How many frames of each step there are in the last 3 s, and behind that the step of each. */
  private readonly steps = new Uint8Array(STEPS + CROWD_FRAMES);

  /** Takes the level of the next frame. */
  follow(level: number): void {
    this.followNoise(level);
    this.followCrowd(level);
    this.frames++;
  }

  private followNoise(level: number): void {
    const { quietest, frames } = this;
    const span = Math.floor(frames / SPAN_FRAMES);
    const slot = span % SPANS;
    const isNewSpan = frames % SPAN_FRAMES === 0 && span > 0;
    if (isNewSpan || level < quietest[slot]!) quietest[slot] = level;
    let least = quietest[0]!;
    for (let at = 1; at < SPANS; at++) if (quietest[at]! < least) least = quietest[at]!;
    this.noise = least;
  }

  private followCrowd(level: number): void {
    const { steps, frames } = this;
    const at = STEPS + (frames % CROWD_FRAMES);
    if (frames >= CROWD_FRAMES) steps[steps[at]!]!--;
    const step = Math.max(0, Math.min(STEPS - 1, Math.floor((level - LOWEST_DB) / STEP_DB)));
    steps[at] = step;
    steps[step]!++;
    if (frames < CROWD_AFTER_FRAMES) return;
    const part = CROWD_PART * Math.min(CROWD_FRAMES, frames + 1);
    let below = steps[0]!;
    let crowd = 0;
    while (crowd < STEPS - 1 && below < part) {
      crowd++;
      below += steps[crowd]!;
    }
    this.crowd = LOWEST_DB + crowd * STEP_DB + STEP_DB / 2;
  }
}

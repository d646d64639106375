import { Background } from './background.js';
import { EchoModel } from './echo-model.js';
import { FLOOR_DB, LevelMeter } from './levels.js';

/** Sound counts from this far above the noise on. */
const ABOVE_NOISE_DB = 6;
/** And this far above a crowd. */
const ABOVE_CROWD_DB = 10;
/** Whoever is louder than this is heard over any crowd; in dBov. */
const SURELY_LOUD_DB = -24;
/** And this far above the echo, or a little less where one band stands out by much. */
const ABOVE_ECHO_DB = 2;
const NEARLY_ABOVE_ECHO_DB = 1.5;
const BAND_ABOVE_ECHO_DB = 5;
/** Between loud frames of a word there may be quiet ones. */
const LINGER_FRAMES = 6;
/** The echo is weak when it is no more than this above noise or floor, or this far below what came. */
const WEAK_DB = 6;
const BELOW_WORD_DB = 12;
/** Nothing is an echo that is a little below the line's noise. */
const BELOW_NOISE_DB = 3;

/**
 * Whether a frame of what came may be the caller: loud enough for the line, and louder than the echo of the agent.
 * It is cheap, and asked for every frame.
 */
export class Gate {
  isNear = false;
  private readonly meter = new LevelMeter();
  private readonly background = new Background();
  private readonly echo = new EchoModel();
  private sinceNear = LINGER_FRAMES + 1;

  /**
   * @param leastLevel of a caller, in dBov
   * @param mayEcho whether the agent may come back at all
   */
  constructor(
    private readonly leastLevel: number,
    private readonly mayEcho: boolean,
  ) {}

  /** Takes a frame while nothing of the agent's is on its way, or was a moment ago. */
  rest(frame: Uint8Array): void {
    this.meter.measure(frame);
    this.background.follow(this.meter.level);
    this.isNear = false;
    this.sinceNear++;
  }

  /** The same, for who asks whether the caller talks then. */
  listen(frame: Uint8Array): void {
    const { meter, background, echo } = this;
    meter.measure(frame);
    background.follow(meter.level);
    echo.isDue = false;
    this.isNear = meter.level >= this.least();
    this.sinceNear = this.isNear ? 0 : this.sinceNear + 1;
  }

  /**
   * Takes a frame while the agent speaks.
   * @param sent the bands of what the caller was to hear meanwhile; null: nothing
   */
  compare(frame: Uint8Array, sent: Float64Array | null): void {
    const { meter, background, echo } = this;
    meter.measure(frame);
    const { level, bands } = meter;
    background.follow(level);
    if (this.mayEcho) {
      echo.follow(sent, bands, level, Math.max(background.noise, FLOOR_DB) - BELOW_NOISE_DB);
    }
    this.isNear = level >= this.least() && this.isAboveEcho();
    this.sinceNear = this.isNear ? 0 : this.sinceNear + 1;
  }

  /** Whether the last frame may be a quiet part of a word: there was a louder one just before, and no echo to speak of. */
  get lingers(): boolean {
    if (this.sinceNear > LINGER_FRAMES) return false;
    const { echo, background, meter } = this;
    const weak = Math.max(
      background.noise + WEAK_DB,
      meter.level - BELOW_WORD_DB,
      FLOOR_DB + WEAK_DB,
    );
    return !echo.isDue || echo.expected <= weak;
  }

  private least(): number {
    const { noise, crowd } = this.background;
    const aboveCrowd = Math.min(crowd + ABOVE_CROWD_DB, SURELY_LOUD_DB);
    return Math.max(this.leastLevel, noise + ABOVE_NOISE_DB, aboveCrowd);
  }

  private isAboveEcho(): boolean {
    const { isDue, excess, bandExcess } = this.echo;
    if (!isDue || excess >= ABOVE_ECHO_DB) return true;
    return bandExcess >= BAND_ABOVE_ECHO_DB && excess > NEARLY_ABOVE_ECHO_DB;
  }
}

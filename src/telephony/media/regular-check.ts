import { Sleeper, type TimerWheel } from './timer-wheel.js';

/** In milliseconds. */
const EVERY_MS = 500;

/**
 * Has the wheel look at something twice a second. Each is looked at in moments of its own: two hundred calls in one go
 * take longer than a frame, and all of them hear it.
 */
export class RegularCheck extends Sleeper {
  private isOver = false;

  constructor(
    private readonly wheel: TimerWheel,
    private readonly check: (now: number) => void,
  ) {
    super();
    wheel.arrange(this, performance.now() + EVERY_MS);
  }

  wake(now: number): void {
    this.check(now);
    if (!this.isOver) this.wheel.arrange(this, now + EVERY_MS);
  }

  stop(): void {
    this.isOver = true;
    this.wheel.cancel(this);
  }
}

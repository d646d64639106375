import { Sleeper, type TimerWheel } from './timer-wheel.js';

/**
 * Returns marks in place of a carrier that knows none: each when the caller must
 * have heard what stands before it, by our own clock.
 */
export class OwnMarks extends Sleeper {
  /** In order of time. */
  private due: Array<{ name: string; at: number }> = [];

  constructor(
    private readonly wheel: TimerWheel,
    private readonly returned: (name: string) => void,
  ) {
    super();
  }

  expect(name: string, at: number): void {
    this.due.push({ name, at });
    if (this.wakeAt === null) this.wheel.arrange(this, at);
  }

  /** For the wheel. */
  wake(now: number): void {
    while (this.due[0] && this.due[0].at <= now) {
      const mark = this.due.shift();
      if (mark) this.returned(mark.name);
    }
    const next = this.due[0];
    if (next && this.wakeAt === null) this.wheel.arrange(this, next.at);
  }

  forget(): void {
    this.due = [];
    this.wheel.cancel(this);
  }
}

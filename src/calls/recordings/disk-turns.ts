/** Fewer than the threads that Node has for files, so that recordings leave it some. */
const AT_ONCE = 2;

/**
 * Who may write to the disk: all recordings of the process write through it, a few at a time, in
 * the order in which they came. Many recordings that are due at once so neither take all of Node's
 * threads for files, nor come back to the event loop all at once.
 */
export class DiskTurns {
  private busy = 0;
  private readonly waiting: Array<() => void> = [];

  /** Resolves, or throws, with the work, which begins when it is its turn. */
  async take(work: () => Promise<void>): Promise<void> {
    if (this.busy >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.busy += 1;
    try {
      await work();
    } finally {
      // The turn goes straight to the next, so that nobody comes in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.busy -= 1;
    }
  }
}

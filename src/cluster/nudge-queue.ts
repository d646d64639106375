/** At most one nudge for a target in this time: under load, each costs all who listen a query. */
const PAUSE_MS = 20;

/**
 * Sends the first nudge at once, and gathers those that follow soon after: each target is named
 * once in what is sent next.
 */
export class NudgeQueue<T extends string = string> {
  private readonly waiting = new Set<T>();
  private isSending = false;

  /**
   * @param send must not throw; a rejection means that these nudges are lost
   * @param pauseMs at most one in this time
   */
  constructor(
    private readonly send: (targets: T[]) => Promise<void>,
    private readonly pauseMs: number = PAUSE_MS,
  ) {}

  add(target: T): void {
    this.waiting.add(target);
    if (!this.isSending) void this.work();
  }

  private async work(): Promise<void> {
    this.isSending = true;
    while (this.waiting.size > 0) {
      const targets = [...this.waiting];
      this.waiting.clear();
      const pause = new Promise((resolve) => setTimeout(resolve, this.pauseMs));
      await this.send(targets).catch(() => undefined);
      await pause;
    }
    this.isSending = false;
  }
}

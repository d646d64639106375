/** Counts the sockets that were let in and have not shown a valid `start` yet. */
export class WaitingSockets {
  private readonly byRun = new Map<number, number>();
  private count = 0;

  get total(): number {
    return this.count;
  }

  of(runId: number): number {
    return this.byRun.get(runId) ?? 0;
  }

  /** Returns the function that gives the place back; only its first call counts. */
  enter(runId: number): () => void {
    this.count += 1;
    this.byRun.set(runId, this.of(runId) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.count -= 1;
      const rest = this.of(runId) - 1;
      if (rest > 0) this.byRun.set(runId, rest);
      else this.byRun.delete(runId);
    };
  }
}

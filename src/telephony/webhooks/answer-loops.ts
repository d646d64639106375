const WINDOW_MS = 60_000;
/** A carrier repeats a question a few times; this limit is far higher. */
const ANSWERS_MAX = 100;
const RUNS_MAX = 10_000;

/**
 * Detects a call that is in a loop: a carrier whose every stream is refused asks again at once, and
 * would continue as long as the call may last.
 */
export class AnswerLoops {
  private readonly answers = new Map<number, { since: number; count: number }>();

  /**
   * Counts one answer that names a stream; returns true when there were too many within a minute.
   */
  isLoop(runId: number, now: Date): boolean {
    const at = now.getTime();
    const known = this.answers.get(runId);
    if (!known || at - known.since > WINDOW_MS) {
      // The entries stay in order of age, so that the oldest are removed first.
      this.answers.delete(runId);
      this.answers.set(runId, { since: at, count: 1 });
      this.forgetOldest();
      return false;
    }
    known.count += 1;
    return known.count > ANSWERS_MAX;
  }

  private forgetOldest(): void {
    while (this.answers.size > RUNS_MAX) {
      const [oldest] = this.answers.keys();
      if (oldest === undefined) return;
      this.answers.delete(oldest);
    }
  }
}

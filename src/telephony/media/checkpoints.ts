/** How far checkpoints are apart: those that the agent asks for, and those that follow what was heard. */
const ASKED_EVERY_MS = 1_000;
const HEARD_EVERY_MS = 5_000;

/** When the state of a conversation is stored: soon after it is due, never more often than its pace allows. */
export class Checkpoints {
  private lastAt = Number.NEGATIVE_INFINITY;
  /** In milliseconds of the process's monotonic clock. */
  private dueAt = Number.POSITIVE_INFINITY;

  constructor(private readonly store: () => void) {}

  /** An utterance was heard to its end. The agent acts on it first: it is stored by a later {@link look}. */
  heard(now: number): void {
    this.dueAt = Math.min(this.dueAt, Math.max(now, this.lastAt + HEARD_EVERY_MS));
  }

  /** The agent wants it. */
  asked(now: number): void {
    this.dueAt = Math.min(this.dueAt, Math.max(now, this.lastAt + ASKED_EVERY_MS));
  }

  /** Stores it when it is due; about twice a second, and once the agent has asked. */
  look(now: number): void {
    if (now < this.dueAt) return;
    this.lastAt = now;
    this.dueAt = Number.POSITIVE_INFINITY;
    this.store();
  }
}

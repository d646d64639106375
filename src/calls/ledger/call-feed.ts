import type { CallRun, ShownRun } from './call-run.js';
import type { FeedPlace } from './feed-place.js';

export type CallListener = (run: ShownRun) => void;

/** A run as one commit of this instance left it. */
export interface CommittedRun {
  run: CallRun;
  /** The run before this commit; null: the commit made it. */
  before: CallRun | null;
  /** Whether this commit made the run. */
  began: boolean;
  /** Whether this commit ended the call; true once for each call, among all instances. */
  ended: boolean;
}

export type CommitListener = (commit: CommittedRun) => void;

/**
 * Publishes the changes of all calls, whichever instance commits them, in the order of their
 * places, and to others what this instance commits.
 *
 * Where one instance has the store to itself, its commits are all there is. Otherwise a
 * `FeedReader` finds the changes in the store: only there do the commits of several have an order.
 */
export class CallFeed {
  private readonly listeners = new Set<CallListener>();
  private readonly commitListeners = new Set<CommitListener>();
  private readonly breakListeners = new Set<() => void>();
  private readonly waits: Array<() => boolean> = [];
  private reader: ((newest: FeedPlace) => void) | null = null;

  /**
   * `listener` is called for each change, or once for several of one run; it must not throw and
   * must return at once. Returns the function that ends the subscription.
   */
  subscribe(listener: CallListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** `listener` is called for each run that this instance commits; as in {@link subscribe}. */
  onCommit(listener: CommitListener): () => void {
    this.commitListeners.add(listener);
    return () => this.commitListeners.delete(listener);
  }

  /**
   * `waits` says whether somebody waits now to be told of changes at once. While nobody does, and
   * other instances share the store, they are told up to a quarter of a second later, and cost no
   * query for each commit.
   */
  hurriesWhile(waits: () => boolean): void {
    this.waits.push(waits);
  }

  get isAwaited(): boolean {
    return this.waits.some((waits) => waits());
  }

  /**
   * `listener` is called when the places that were told mean nothing any more, since another
   * server goes on with the store.
   */
  onBreak(listener: () => void): () => void {
    this.breakListeners.add(listener);
    return () => this.breakListeners.delete(listener);
  }

  /** From now on a reader publishes; `committed` tells it of the newest place that there is to read. */
  readBy(committed: (newest: FeedPlace) => void): void {
    this.reader = committed;
  }

  /** Called only by the ledger, after the commit, with what it changed. */
  committed(commits: readonly CommittedRun[]): void {
    for (const commit of commits) {
      for (const listener of this.commitListeners) attempt(() => listener(commit));
      if (!this.reader) this.publish(commit.run);
    }
    const newest = commits.at(-1);
    if (newest) this.reader?.(newest.run);
  }

  /** Called only by the reader, and here. */
  publish(run: ShownRun): void {
    for (const listener of this.listeners) attempt(() => listener(run));
  }

  /** Called only where the timeline is looked at. */
  broke(): void {
    for (const listener of this.breakListeners) attempt(listener);
  }
}

/** A listener that throws in spite of its contract cannot undo the commit. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

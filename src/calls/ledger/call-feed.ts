import type { CallRun } from './call-run.js';

export type CallListener = (run: CallRun) => void;

/**
 * Publishes every committed change of every call, in commit order, to the listeners
 * in this process.
 */
export class CallFeed {
  private readonly listeners = new Set<CallListener>();

  /** `listener` must not throw and must return at once. Returns the function that ends the subscription. */
  subscribe(listener: CallListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Called only by the ledger, after the commit. A listener that throws in spite of
   * its contract cannot undo the commit.
   */
  publish(run: CallRun): void {
    for (const listener of this.listeners) {
      try {
        listener(run);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}

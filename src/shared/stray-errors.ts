import { AsyncLocalStorage } from 'node:async_hooks';

const answering = new AsyncLocalStorage<Answerable>();

/**
 * The owner of the asynchronous work that some code has started. Errors that
 * occur later in its timers, promises and sockets, and that nothing catches,
 * are passed to the owner.
 */
export class Answerable {
  constructor(private onError: ((error: unknown) => void) | null) {}

  run<T>(work: () => T): T {
    return answering.run(this, work);
  }

  /** Ignores errors from here on. */
  retire(): void {
    // Connections that are kept open hold a reference to their owner, so it must hold as little as
    // possible.
    this.onError = null;
  }

  /** False: this owner has retired. */
  bear(error: unknown): boolean {
    const { onError } = this;
    onError?.(error);
    return onError !== null;
  }
}

/**
 * The owner of the current error, inside a handler of the process's uncaught
 * errors; null: there is none.
 */
export function whoAnswers(): Answerable | null {
  return answering.getStore() ?? null;
}

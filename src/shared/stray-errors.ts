import { AsyncLocalStorage } from 'node:async_hooks';

const answering = new AsyncLocalStorage<Answerable>();

/**
 * Who answers for what some work has begun. What fails later, in its timers,
 * promises and sockets, and is caught by nobody, is told to it.
 */
export class Answerable {
  constructor(private onError: ((error: unknown) => void) | null) {}

  run<T>(work: () => T): T {
    return answering.run(this, work);
  }

  /** From here on errors are of no consequence. */
  retire(): void {
    // Connections that are kept open remember who began them: for as little as can be.
    this.onError = null;
  }

  /** False: it has retired. */
  bear(error: unknown): boolean {
    const { onError } = this;
    onError?.(error);
    return onError !== null;
  }
}

/** Inside a handler of the process's uncaught errors: who answers for this one; null: nobody. */
export function whoAnswers(): Answerable | null {
  return answering.getStore() ?? null;
}

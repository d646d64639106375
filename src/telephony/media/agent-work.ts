import { Answerable } from '../../shared/stray-errors.js';

/** Methods of an agent that have not come to their end: ten seconds of audio. */
const UNFINISHED_MAX = 500;

export interface AgentWorkParts {
  /** Whether what its methods begin goes on after they return. */
  worksInBackground: boolean;
  onFailure: (error: unknown) => void;
  /** What is of no consequence failed. */
  onHarmlessFailure: (error: unknown) => void;
}

/** What an agent's methods begin: whose fault it is when that fails later, or never ends. */
export class AgentWork {
  /** Methods that were `async` and have not come to their end. */
  private unfinished = 0;
  private readonly answerable: Answerable;

  constructor(private readonly parts: AgentWorkParts) {
    this.answerable = new Answerable(parts.onFailure);
  }

  /** What the agent begins in `work` is this call's to answer for. Throws what `work` throws. */
  begin<T>(work: () => T): T {
    return this.parts.worksInBackground ? this.answerable.run(work) : work();
  }

  /** An agent's method may be `async` all the same: its rejection must not end the process. */
  watch(result: unknown): void {
    if (!isPromise(result)) return;
    const { onFailure } = this.parts;
    this.unfinished += 1;
    if (this.unfinished > UNFINISHED_MAX) onFailure(new Error('it stalls: it finishes nothing'));
    result.then(
      () => (this.unfinished -= 1),
      (error: unknown) => onFailure(error),
    );
  }

  /** For the last of it: a failure ends nothing any more. Never throws. */
  harmless(work: () => unknown): void {
    const { onHarmlessFailure } = this.parts;
    try {
      const result = work();
      if (isPromise(result)) result.then(undefined, onHarmlessFailure);
    } catch (error) {
      onHarmlessFailure(error);
    }
  }

  /** The call is over: what fails from now on is not its fault. */
  retire(): void {
    this.answerable.retire();
  }
}

/** By shape: what an agent returns may come from anywhere. */
function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

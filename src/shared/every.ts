import type { Log } from './logger.js';

/** A loop that {@link every} began. */
export interface Loop {
  /** Starts no further round; resolves when the round under way has ended. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Repeats `work`, with a pause of `milliseconds` before each round. Rounds never
 * overlap. The error of a round is passed to `failed`, and the next round
 * follows; the loop continues even if `failed` throws.
 */
export function every(
  milliseconds: number,
  work: () => Promise<void>,
  failed: (error: unknown) => void,
): Loop {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let round: Promise<void> = Promise.resolve();

  const pause = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      round = once();
    }, milliseconds);
  };
  const once = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      try {
        failed(error);
      } catch {
        // Nothing is left that could report this error.
      }
    } finally {
      pause();
    }
  };

  pause();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

export interface DueWorkOptions<T, Id> {
  /** The id of an item; the same for the same item in every round. */
  idOf: (item: T) => Id;
  /** The field of the log lines that holds the id, for example `workflow_run_id`. */
  idField: string;
  /** The event of the log line about an item that failed, for example `reconcile.failed`. */
  event: string;
  /** Does what is due, and ensures that the item is not due any more. */
  attend: (item: T) => Promise<void>;
  /** Makes an item whose `attend` threw due later, with the simplest possible write. */
  postpone: (item: T) => Promise<void>;
  /** How long an item is left alone that could not even be postponed, in milliseconds. */
  restMs: number;
  log: Log;
  /** Monotonic milliseconds; default `performance.now`. */
  now?: () => number;
}

/**
 * Attends to items that are due, each independently: an item that throws is
 * logged with its id and postponed. Where that cannot be written either, as on
 * a full disk, the item is paused in memory. So it neither comes back in every
 * round nor stops the others.
 */
export class DueWork<T, Id extends number | string = number> {
  private readonly restingUntil = new Map<Id, number>();
  private readonly now: () => number;

  constructor(private readonly options: DueWorkOptions<T, Id>) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Items to leave out of the query for due items, so that they take no places in its result. */
  resting(): Id[] {
    const now = this.now();
    for (const [id, until] of this.restingUntil) {
      if (until <= now) this.restingUntil.delete(id);
    }
    return [...this.restingUntil.keys()];
  }

  /** Attends to all items at once, except those that are paused. Never rejects. */
  async attendEach(items: readonly T[]): Promise<void> {
    await Promise.all(items.map((item) => this.attend(item)));
  }

  /** Attends to one item, unless it is paused. Never rejects. */
  async attend(item: T): Promise<void> {
    const { idOf, idField, event, log, restMs } = this.options;
    const id = idOf(item);
    if (this.resting().includes(id)) return;
    try {
      await this.options.attend(item);
    } catch (error) {
      log.error(event, { [idField]: id, error });
      try {
        await this.options.postpone(item);
      } catch (problem) {
        this.restingUntil.set(id, this.now() + restMs);
        log.warn(`${event}.not_postponed`, { [idField]: id, error: problem });
      }
    }
  }
}

import type { Log } from './logger.js';

/** A loop that {@link every} began. */
export interface Loop {
  /** Begins no further round; resolves when the one under way has ended. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Does `work` again and again, with a pause of `milliseconds` before each round.
 * Rounds never overlap. A round that throws is told to `failed` and followed by
 * the next one; not even a throw of `failed` ends the loop.
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
        // Nobody is left to be told.
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
  /** What names an item; the same for the same item in every round. */
  idOf: (item: T) => Id;
  /** The field of the log lines that holds the id, for example `workflow_run_id`. */
  idField: string;
  /** The event of the log line about an item that failed, for example `reconcile.failed`. */
  event: string;
  /** Does what is due, and sees to it that the item is not due any more. */
  attend: (item: T) => Promise<void>;
  /** Makes an item whose `attend` threw due later; by the simplest write there is. */
  postpone: (item: T) => Promise<void>;
  /** How long an item is left alone that could not even be postponed, in milliseconds. */
  restMs: number;
  log: Log;
  /** Milliseconds that only ever grow; default `performance.now`. */
  now?: () => number;
}

/**
 * Attends to items that are due, each by itself: one that throws is logged with
 * its id and postponed. Where that cannot be written either, as on a full disk,
 * the item rests in memory. So it neither comes again in every round nor stops
 * the others.
 */
export class DueWork<T, Id extends number | string = number> {
  private readonly restingUntil = new Map<Id, number>();
  private readonly now: () => number;

  constructor(private readonly options: DueWorkOptions<T, Id>) {
    this.now = options.now ?? (() => performance.now());
  }

  /** Items to leave out of the question for what is due, so that they take no places in its answer. */
  resting(): Id[] {
    const now = this.now();
    for (const [id, until] of this.restingUntil) {
      if (until <= now) this.restingUntil.delete(id);
    }
    return [...this.restingUntil.keys()];
  }

  /** Attends to all of them at once, those that rest excepted. Never rejects. */
  async attendEach(items: readonly T[]): Promise<void> {
    await Promise.all(items.map((item) => this.attend(item)));
  }

  /** Attends to one, unless it rests. Never rejects. */
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

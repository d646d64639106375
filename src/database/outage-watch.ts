import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from './store-errors.js';

/** What an {@link OutageWatch} asks and tells. */
export interface Watched {
  /** The smallest request to the store, with a deadline. */
  ask(): Promise<void>;
  /** The store does not answer. Called after each question that failed. */
  away(error: unknown): void;
  /** The store answers again. */
  back(): void;
}

/**
 * Notices that the store does not answer. Nothing is asked while all requests are answered: the
 * first that fails begins it, and questions follow until one is answered. A single slow request
 * is no outage.
 */
export class OutageWatch {
  private looking: Promise<void> | null = null;
  private ended = false;

  /** @param pauseMs between two questions */
  constructor(
    private readonly pauseMs: number,
    private readonly watched: Watched,
  ) {}

  /** Observes how a request ends. */
  async watch<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (isUnavailable(error) && !this.ended) {
        this.looking ??= this.look().finally(() => {
          this.looking = null;
        });
      }
      throw error;
    }
  }

  /** From now on nothing is asked or told. */
  end(): void {
    this.ended = true;
  }

  private async look(): Promise<void> {
    while (!this.ended) {
      try {
        await this.watched.ask();
        if (!this.ended) this.watched.back();
        return;
      } catch (error) {
        if (!this.ended) this.watched.away(error);
      }
      await sleep(this.pauseMs, undefined, { ref: false });
    }
  }
}

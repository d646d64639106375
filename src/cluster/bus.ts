/** Whom a nudge is for: one instance (its id), or all that follow the feed of calls. */
export type NudgeTarget = { instance: string } | 'feed';

/**
 * Tells other instances at once that there is something for them in the store. A nudge
 * holds nothing but its target: what is to be done stands in rows, which each instance
 * also looks for from time to time. A lost nudge therefore costs time and nothing else.
 *
 * Adapters: PostgreSQL (`NOTIFY` after the commit, `LISTEN` on a connection of its own),
 * and none where one process has the store, as on SQLite.
 */
export abstract class Bus {
  /** Sends after the commit that it is about, never inside one. Never throws and is not waited for. */
  abstract nudge(target: NudgeTarget): void;

  /**
   * Calls `listener` for each nudge for this instance or the feed, also for our own nudges
   * of the feed, and once for both after each time that the connection came back, since
   * nudges may have been lost.
   * @returns ends the subscription
   */
  abstract onNudge(target: 'instance' | 'feed', listener: () => void): () => void;

  /** Milliseconds from a nudge to ourselves until it arrived; null: it did not within `withinMs`. For the doctor. */
  abstract roundTrip(withinMs: number): Promise<number | null>;
}

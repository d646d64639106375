/** Whom a nudge is for: one instance (its id), or all that follow the feed of calls. */
export type NudgeTarget = { instance: string } | 'feed';

/**
 * Tells other instances at once that there is something for them in the store. A nudge
 * holds nothing but its target: what is to be done stands in rows, which each instance
 * also looks for from time to time. A lost nudge therefore costs time and nothing else.
 * Nudges for one target that follow each other within 20 ms may arrive as one.
 *
 * Adapters: PostgreSQL (`NOTIFY` after the commit, `LISTEN` on a connection of its own),
 * a NATS server, and none where one process has the store, as on SQLite.
 */
export abstract class Bus {
  /** What to say when {@link roundTrip} says null, as halves of a sentence; null where it never does. */
  abstract readonly deafness: { reason: string; fix: string } | null;

  /**
   * Whether nudges reach us, as far as is known: false while there is no connection, and until a
   * nudge to ourselves has come over it.
   */
  abstract readonly hears: boolean;

  /** Sends after the commit that it is about, never inside one. Never throws and is not waited for. */
  abstract nudge(target: NudgeTarget): void;

  /**
   * Calls `listener` for each nudge for this instance or the feed, also for our own, and once
   * for both whenever there is a connection, for the first time or again: nudges may have been lost.
   * @returns ends the subscription
   */
  abstract onNudge(target: 'instance' | 'feed', listener: () => void): () => void;

  /** Milliseconds from a nudge to ourselves until it arrived; null: it did not within `withinMs`. For the doctor. */
  abstract roundTrip(withinMs: number): Promise<number | null>;
}

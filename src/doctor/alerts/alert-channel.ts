import type { AlertMessage, ChannelName } from './alert-book.js';
import type { AlertText } from './alert-text.js';

/** What became of one try to tell people. */
export interface Told {
  delivered: boolean;
  /** Why not, or which of several did not get it, in words; without a URL, a password or what the other side sent. */
  problem: string | null;
}

/** A way to tell people. It is made at the start and asked once for each message and try, one at a time. */
export abstract class AlertChannel {
  abstract readonly name: ChannelName;

  /** Where it leads, for the administrator to read: a host or addresses, no secret. */
  abstract readonly to: string;

  /**
   * Makes one try. Must settle within half a minute, and at once when `stopping` aborts; a throw
   * counts as not delivered. What was delivered may be sent again after a crash, with the same id.
   *
   * @param text the message in words
   */
  abstract send(message: AlertMessage, text: AlertText, stopping: AbortSignal): Promise<Told>;
}

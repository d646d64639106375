import { Tally } from './tally.js';

/** What is counted of messages to people, since the start of the process. */
export class AlertMetrics {
  /** Tries to deliver one; what is given up is not tried again. */
  readonly messages = new Tally({
    channel: ['webhook', 'email'],
    result: ['delivered', 'failed', 'given_up'],
  });
  /** Checks that were down in the last round; null: this instance makes none. */
  checksDown: number | null = null;
}

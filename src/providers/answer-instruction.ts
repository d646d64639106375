import type { Announcement } from '../calls/transfers/transfer-events.js';

/** The instruction that the carrier receives for the call. */
export type AnswerInstruction =
  | {
      kind: 'stream';
      /**
       * The `wss://` URL of the media stream, never with a query string, because carriers strip it.
       * Its last segment is the token where the account's `streamToken` is `path`. Only a path for
       * a call without a public origin: its account knows under which address it reaches us.
       */
      streamUrl: string;
      /**
       * The absolute URL that the carrier asks when the stream is over; unused by carriers whose
       * `resumes` is not `asked`.
       */
      actionUrl: string;
      /** Passed to the `start` message; for one use. */
      token: string;
      /** A sentence to say first; null: none, as always where the account's `says` is false. */
      notice: string | null;
    }
  | { kind: 'hangup' }
  /** Say a sentence to the caller, then hang up; only where the account's `says` is true. */
  | { kind: 'say-and-hangup'; sentence: string }
  /** Refuse an inbound call before it is answered (and so before it costs anything). */
  | { kind: 'reject'; busy: boolean }
  | TransferInstruction
  /**
   * For the person's call of a transfer, where the carrier asks what they are to hear before the two
   * are connected: say it, then connect them.
   */
  | { kind: 'announce'; announcement: Announcement };

/**
 * Call a person and connect the two: in place of the stream that the caller has. If the person is not
 * reached, the caller waits for the next instruction. The carrier reports all that becomes of it as a
 * `LegReport`. Only where the account's `transfers` says so.
 */
export interface TransferInstruction {
  kind: 'transfer';
  /** Which transfer of the call it is, from 1; what the carrier reports must say it again. */
  transfer: number;
  /** E.164. */
  to: string;
  /** The number that the person sees; one of the account's. */
  from: string;
  /** How long the person's phone rings. */
  timeoutSeconds: number;
  /** What the person hears before the two are connected; null: nothing. A text where the account's `says` is true, else a sound. */
  announce: Announcement | null;
  /** The sound that `announce` names, μ-law at 8 kHz; absent: it is none of ours, so it is the carrier's. */
  sound?: Buffer;
  urls: TransferUrls;
}

/** Absolute and without fragments, as those of a call; each says which transfer it is about. */
export interface TransferUrls {
  /** Asked for instructions when the person's call is over. */
  action: string;
  /** Told of the person's call. */
  events: string;
  /** Asked what the person is to hear. */
  announce: string;
}

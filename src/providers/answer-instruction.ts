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
  | { kind: 'reject'; busy: boolean };

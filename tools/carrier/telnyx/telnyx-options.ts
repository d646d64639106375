/** What the phone at the other end does. */
export interface PhoneBehaviour {
  /** Default: 30 ms. */
  ringMs?: number;
  /** Default: it answers. `silent`: it rings until somebody gives up. */
  does?: 'answers' | 'busy' | 'rejects' | 'silent' | 'not-found' | 'broken';
  /** How long after the answer it hangs up, in milliseconds; default: it does not. */
  hangUpAfterMs?: number | null;
  /** What the phone's leg speaks; Telnyx converts it only where it can. Default: PCMU. */
  codec?: 'PCMU' | 'PCMA';
  /** What machine detection finds out, where it was asked for. Default: human. */
  machine?: 'human' | 'machine' | 'not_sure';
}

/** How events come to the gateway. Telnyx promises neither order nor that each comes once. */
export interface Delivery {
  /** Each is sent twice, with a signature of its own. */
  doubled: boolean;
  /** Each waits this long, in milliseconds, and the next one does not wait for it. */
  lateMs: (type: string) => number;
  /** Events that never arrive. */
  isLost: (type: string) => boolean;
  /** Names as `streaming_started`, which some have been seen with. */
  underscores: boolean;
}

export interface TelnyxOptions {
  apiKey: string;
  connectionId: string;
  numbers: readonly string[];
  /** The public origin of the gateway, and where it really is; null: no event arrives anywhere. */
  gateway: { origin: string; url: string } | null;
  /** The application's own webhook URL, for calls that come in. */
  webhookUrl: string;
  /** What a command gets whose `command_id` was seen in the last minute; the documents say only that it is ignored. */
  repeats?: 'ok' | 'refused';
}

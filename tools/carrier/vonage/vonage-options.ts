/** What the phone at the other end does. */
export interface PhoneBehaviour {
  /** Default: 30 ms. */
  ringMs?: number;
  /**
   * Default: it answers. `silent`: it rings until somebody gives up. `rejects`: the call is declined. `unavailable`: it
   * cannot be reached. `broken`: the call cannot be routed.
   */
  does?: 'answers' | 'busy' | 'rejects' | 'silent' | 'unavailable' | 'broken';
  /** How long after the answer it hangs up, in milliseconds; default: it does not. */
  hangUpAfterMs?: number | null;
  /** What machine detection finds out, where it was asked for. Default: human. */
  machine?: 'human' | 'machine';
}

/** How events come to the gateway. Vonage promises neither order nor that each comes once. */
export interface Delivery {
  /** Each is sent twice. */
  doubled: boolean;
  /** Each waits this long, in milliseconds, and the next one does not wait for it. */
  lateMs: (status: string) => number;
  /** Events that never arrive. */
  isLost: (status: string) => boolean;
  /** `completed` comes before what it follows, `busy` for one. */
  completedFirst: boolean;
}

/** What the documents leave open; each is tried both ways. */
export interface Doubts {
  /** Whether what is sent again has the token of the first time, or one of its own. */
  repeats: 'same-token' | 'new-token';
  /** How it is told that a stream is over because an instruction took its place. */
  replaced: 'completed' | 'disconnected';
  /** How a change of a call that is over is refused. */
  overStatus: 404 | 400;
  /** Whether what waits to be notified is notified after a `clear`. */
  notifiesCleared: boolean;
  /** What the `payload_hash` of an upgrade's token is of; null: it has none. */
  upgradeHash: '' | '{}' | null;
  /** Whether a stream's leg is told of at the call's own address, too. */
  tellsLegsTwice: boolean;
  /** Whether audio may come before the first message of a stream. */
  audioFirst: boolean;
  /** How characters beyond ASCII are written in what a GET's hash is of. */
  hashText: 'as-is' | 'escaped';
}

export const USUAL_DOUBTS: Doubts = {
  repeats: 'new-token',
  replaced: 'completed',
  overStatus: 404,
  notifiesCleared: false,
  upgradeHash: null,
  tellsLegsTwice: false,
  audioFirst: false,
  hashText: 'as-is',
};

export interface VonageOptions {
  applicationId: string;
  /** PEM of the application's public key. */
  publicKey: string;
  apiKey: string;
  signatureSecret: string;
  /** E.164. */
  numbers: readonly string[];
  /** The public origin of the gateway, and where it really is; null: nothing is asked or told. */
  gateway: { origin: string; url: string } | null;
  /** Where the application asks about calls that come in, and tells of them. */
  answerUrl: string;
  eventUrl: string;
  /** How it asks. Default: POST. */
  answerMethod?: 'GET' | 'POST';
}

/** A simulated Exotel's account, and the gateway beside it. */
export interface ExotelOptions {
  accountSid: string;
  apiKey: string;
  apiToken: string;
  flowId: string;
  /** E.164. */
  numbers: readonly string[];
  /** What the flow's Voicebot applet asks, with its token; null: nothing is asked. */
  appletUrl: string | null;
  /** The public origin, and where it really is; null: nothing is sent to a gateway. */
  gateway: { origin: string; url: string } | null;
}

/** What its documents leave open, or say in two ways. */
export interface Doubts {
  /** How the applet asks. */
  asksBy: 'GET' | 'POST';
  /** In what a callback, and a question by POST, comes. */
  sendsAs: 'form' | 'multipart' | 'json';
  /** Whether the names of a stream have underscores. */
  casing: 'snake' | 'camel';
  /** Whether numbers on a stream are texts. */
  numbersAs: 'text' | 'number';
  /** The name of the format of a stream. */
  encoding: 'audio/x-raw' | 'raw' | 'base64';
  sampleRate: 8000 | 16000 | 24000;
  /** Whether marks that were not reached come back after a `clear`. */
  returnsCleared: boolean;
}

export const USUAL: Doubts = {
  asksBy: 'GET',
  sendsAs: 'form',
  casing: 'snake',
  numbersAs: 'text',
  encoding: 'audio/x-raw',
  sampleRate: 8000,
  returnsCleared: true,
};

/** An account at Exotel. Secrets are never logged. */
export interface ExotelAccount {
  /** With the version, without a trailing slash. */
  apiBaseUrl: string;
  accountSid: string;
  apiKey: string;
  apiToken: string;
  /** The flow whose Voicebot applet asks us where to stream; calls that we place run it. */
  flowId: string;
  /**
   * Ours, not Exotel's: it is in the address that the applet asks, and signs those that we give for
   * one call, because Exotel signs nothing.
   */
  webhookToken: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

/** Exotel's API in Mumbai; that of Singapore is `https://api.exotel.com/v1`. */
export const API_BASE_URL = 'https://api.in.exotel.com/v1';

/** The shortest token that nobody guesses. */
export const TOKEN_MIN = 24;

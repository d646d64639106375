/** An account at Cloudonix: one of its domains. Secrets are never logged. */
export interface CloudonixAccount {
  /** Without a trailing slash. */
  apiBaseUrl: string;
  /** The name or the id of the domain. */
  domain: string;
  /** Of the domain, or of an administrator: it goes with our requests. */
  apiKey: string;
  /**
   * What Cloudonix sends in `x-cx-apikey`. It also makes the codes in the addresses that we give for
   * one call, because nothing that Cloudonix sends is signed.
   */
  webhookKey: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

export const API_BASE_URL = 'https://api.cloudonix.io';

/** The shortest key that nobody guesses. */
export const KEY_MIN = 16;

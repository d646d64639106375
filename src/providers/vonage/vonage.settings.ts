/** A Voice application of a Vonage account. Secrets are never logged. */
export interface VonageAccount {
  /** With its version, without a trailing slash. */
  apiBaseUrl: string;
  applicationId: string;
  /** The application's RSA key, PEM. It signs our requests. */
  privateKey: string;
  /** The account's API key, which signed webhooks name. */
  apiKey: string;
  /** The account's signature secret, which signs webhooks. It is not the API secret. */
  signatureSecret: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

export const VONAGE_API = 'https://api.nexmo.com/v1';
export const APPLICATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const API_KEY = /^[A-Za-z0-9]{4,40}$/;
export const SIGNATURE_SECRET_MIN = 8;
/** More calls a second are refused (https://api.support.vonage.com/hc/en-us/articles/207100288). */
export const CALLS_PER_SECOND = 3;

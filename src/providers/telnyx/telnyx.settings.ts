/** A Call Control application of a Telnyx account. Secrets are never logged. */
export interface TelnyxAccount {
  /** With its version, without a trailing slash. */
  apiBaseUrl: string;
  apiKey: string;
  /** Verifies webhooks: base64 of 32 bytes. */
  publicKey: string;
  /** The id of the Call Control application, which Telnyx calls a connection too. */
  connectionId: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

export const TELNYX_API = 'https://api.telnyx.com/v2';
export const CONNECTION_ID = /^\d{1,40}$/;
/** Base64 of 32 bytes. */
export const PUBLIC_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** A TeXML application of a Telnyx account. Secrets are never logged. */
export interface TexmlAccount {
  /** With its version, without a trailing slash. */
  apiBaseUrl: string;
  apiKey: string;
  /** Verifies webhooks: base64 of 32 bytes. */
  publicKey: string;
  /** The Telnyx account's own id, a UUID. */
  accountSid: string;
  /** The id of the TeXML application. */
  applicationSid: string;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  callsPerSecond: number;
}

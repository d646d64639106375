/**
 * Twilio's connection overrides: without them it asks once and retries failed
 * connections only, so a 503 of ours would end the call. The fragment never
 * reaches the server and is not signed.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
const RETRY_OVERRIDES = '#rc=3&rp=5xx,ct,rt';

/** A URL as it is given to Twilio. */
export function withRetries(url: string): string {
  return url + RETRY_OVERRIDES;
}

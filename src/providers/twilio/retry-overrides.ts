/**
 * Twilio's connection overrides. Without them Twilio asks once and retries only failed connections,
 * so a 503 of ours would end the call. The fragment never reaches the server and is not signed.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
const RETRY_OVERRIDES = '#rc=3&rp=5xx,ct,rt';

/** Turns a URL into the one that we give to Twilio. */
export function withRetries(url: string): string {
  return url + RETRY_OVERRIDES;
}

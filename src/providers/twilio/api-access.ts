import type { TwilioAccount } from './twilio.settings.js';

/**
 * How we sign in to the REST API: with an API key where there is one. Webhooks are signed with the
 * auth token in any case.
 */
export function apiLogin({ accountSid, authToken, apiKey }: TwilioAccount): {
  username: string;
  password: string;
} {
  return apiKey
    ? { username: apiKey.sid, password: apiKey.secret }
    : { username: accountSid, password: authToken };
}

/**
 * The base of the Monitor API that belongs to another base of the Calls API. In Twilio's own hosts
 * the product is the first label (`{product}.{edge}.{region}.twilio.com`); any other host has both
 * under one address.
 */
export function monitorBase(apiBaseUrl: string): string {
  return apiBaseUrl.replace(
    /^https:\/\/api\.(?=(?:[a-z0-9-]+\.){0,2}twilio\.com(?:[:/]|$))/,
    'https://monitor.',
  );
}

import { named } from '../../config/named.js';

/** A Twilio account. Secrets are never logged. */
export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  /** Accepted in addition to the first token while tokens rotate. */
  authTokenSecondary: string | null;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  /** Another base for the Calls API; null: Twilio's. */
  apiBaseUrl: string | null;
  callsPerSecond: number;
  /**
   * Signs in to the REST API in place of the auth token, which still checks signatures; absent or
   * null: none.
   */
  apiKey?: TwilioApiKey | null;
  /** Whether the account is at the simulated carrier; absent: no. */
  simulated?: boolean;
}

/** Twilio's region where none is named. */
export const DEFAULT_REGION = 'us1';

/**
 * The base of the Calls API in a region, entered by an edge location.
 * https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region
 *
 * @param edge null: Twilio's own base
 */
export function regionalBase(region: string | null, edge: string | null): string | null {
  return edge === null ? null : `https://api.${edge}.${region ?? DEFAULT_REGION}.twilio.com`;
}

export interface TwilioApiKey {
  /** `SK` and 32 hexadecimal digits. */
  sid: string;
  secret: string;
}

/**
 * The account of the settings, and the token under which it is injected; null is injected while
 * there is none.
 */
export class TwilioSettings extends named<Required<TwilioAccount>>() {
  /** The same account, with another value for whether it is at the simulated carrier. */
  withSimulated(simulated: boolean): TwilioSettings {
    return new TwilioSettings(Object.assign({}, this, { simulated }));
  }
}

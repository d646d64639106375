import { named } from '../../config/named.js';

/** A Twilio account. Secrets are never logged. */
export interface TwilioAccount {
  accountSid: string;
  authToken: string;
  /** Accepted beside the first while tokens rotate. */
  authTokenSecondary: string | null;
  /** E.164; the first is the default caller. */
  fromNumbers: readonly string[];
  /** Another base for the Calls API; null: Twilio's. */
  apiBaseUrl: string | null;
  callsPerSecond: number;
  /** Signs in to the REST API in place of the auth token, which goes on to check signatures; absent or null: none. */
  apiKey?: TwilioApiKey | null;
  /** Whether it is the simulated carrier that is reached there; absent: no. */
  simulated?: boolean;
}

export interface TwilioApiKey {
  /** `SK` and 32 hexadecimal digits. */
  sid: string;
  secret: string;
}

/** The account of the settings, and the token it is injected by; null is injected while there is none. */
export class TwilioSettings extends named<Required<TwilioAccount>>() {
  /** The same account, with another word on whether it is at the simulated carrier. */
  withSimulated(simulated: boolean): TwilioSettings {
    return new TwilioSettings(Object.assign({}, this, { simulated }));
  }
}

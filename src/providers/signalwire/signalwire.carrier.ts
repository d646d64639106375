import { CarrierKind } from '../carrier-kind.js';
import { TWILIO } from '../twilio/dialect.js';
import { CAPABILITIES, TwilioCarrier } from '../twilio/twilio.carrier.js';
import type { SignalWireAccount } from './project.js';
import { SIGNALWIRE } from './signalwire.dialect.js';
import { SignalWireForm } from './signalwire.form.js';

/** Twilio's protocol in SignalWire's dialect. Not tried on a live account. */
export function signalWireCarrier(
  { apiBaseUrl, projectId, apiToken, signingKey, fromNumbers, callsPerSecond }: SignalWireAccount,
  key: string = SIGNALWIRE.kind,
  timeoutMs?: number,
): TwilioCarrier {
  const account = {
    accountSid: projectId,
    authToken: signingKey,
    authTokenSecondary: null,
    fromNumbers,
    apiBaseUrl,
    callsPerSecond,
    apiKey: { sid: projectId, secret: apiToken },
  };
  return new TwilioCarrier(account, key, timeoutMs, SIGNALWIRE);
}

/** SignalWire, with the account of the environment. */
export class SignalWireKind extends CarrierKind {
  readonly name = SIGNALWIRE.kind;
  readonly needs =
    'SIGNALWIRE_SPACE, SIGNALWIRE_PROJECT_ID, SIGNALWIRE_API_TOKEN, SIGNALWIRE_SIGNING_KEY and SIGNALWIRE_FROM_NUMBERS';
  readonly accounts: readonly TwilioCarrier[];
  override readonly capabilities = { ...CAPABILITIES, ...SIGNALWIRE.differences };
  override readonly form = new SignalWireForm((account, key) => signalWireCarrier(account, key));

  override get label(): string {
    return 'SignalWire';
  }

  /** Twilio's: its protocol in another dialect. */
  override get family(): string {
    return TWILIO.kind;
  }

  /** @param account null while none is configured */
  constructor(account: SignalWireAccount | null) {
    super();
    this.accounts = account ? [signalWireCarrier(account)] : [];
  }
}

import type { Capabilities } from '../capabilities.js';
import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { TelnyxApi } from '../telnyx/api.js';
import { TELNYX_API } from '../telnyx/telnyx.settings.js';
import { TWILIO } from '../twilio/dialect.js';
import { CAPABILITIES as TWILIOS } from '../twilio/twilio.carrier.js';
import { TexmlCalls } from './client.js';
import { TexmlIngress } from './ingress.js';
import { TexmlMedia } from './stream.js';
import { TEXML } from './texml.dialect.js';
import { TexmlForm } from './texml.form.js';
import { TexmlTest } from './texml-test.js';
import type { TexmlAccount } from './texml.settings.js';

const CAPABILITIES: Capabilities = Object.freeze({ ...TWILIOS, ...TEXML.differences });

/** Telnyx's TeXML: Twilio's webhooks and instructions, Telnyx's API and streams. Not tried on a live account. */
export class TexmlCarrier extends CarrierAccount {
  readonly kind = TEXML.kind;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: TexmlCalls;
  readonly ingress: TexmlIngress;
  readonly media = new TexmlMedia();
  override readonly capabilities = CAPABILITIES;
  override readonly test: TexmlTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: TexmlAccount,
    readonly key: string = TEXML.kind,
    timeoutMs?: number,
  ) {
    super();
    this.accountId = account.accountSid;
    this.numbers = account.fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    this.calls = new TexmlCalls(account, new TelnyxApi(account, timeoutMs));
    this.ingress = new TexmlIngress(account.publicKey);
    this.test = new TexmlTest(account);
    this.shownSettings = {
      [TEXML.accountField]: account.accountSid,
      application_sid: account.applicationSid,
      public_key: account.publicKey,
      from_numbers: account.fromNumbers,
      ...(account.apiBaseUrl === TELNYX_API ? {} : { api_base_url: account.apiBaseUrl }),
    };
  }
}

/** Telnyx's TeXML, with the account of the environment. */
export class TexmlKind extends CarrierKind {
  readonly name = TEXML.kind;
  readonly needs =
    'TELNYX_TEXML_API_KEY, TELNYX_TEXML_PUBLIC_KEY, TELNYX_TEXML_ACCOUNT_SID, TELNYX_TEXML_APPLICATION_SID and TELNYX_TEXML_FROM_NUMBERS';
  readonly accounts: readonly TexmlCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new TexmlForm((account, key) => new TexmlCarrier(account, key));

  override get label(): string {
    return 'Telnyx (TeXML)';
  }

  /** Both ways to Telnyx are on one page. */
  override get page(): string {
    return 'telnyx';
  }

  /** Twilio's: its protocol in another dialect. */
  override get family(): string {
    return TWILIO.kind;
  }

  /** @param account null while none is configured */
  constructor(account: TexmlAccount | null) {
    super();
    this.accounts = account ? [new TexmlCarrier(account)] : [];
  }
}

import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import type { CallsPort } from '../calls-port.js';
import { LEAST, type Capabilities } from '../capabilities.js';
import { TwilioCalls } from './client.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { TwilioDiagnostics } from './diagnostics.js';
import { TwilioIngress } from './ingress.js';
import { TwilioNumbers } from './numbers.js';
import { TwilioMedia } from './stream.js';
import { TwilioForm } from './twilio.form.js';
import type { TwilioAccount } from './twilio.settings.js';

/** What Twilio's accounts can do; a dialect says in which it differs. */
export const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  dialIdentity: 'search',
  lookUp: 'status',
  tells: [
    'initiated',
    'ringing',
    'answered',
    'completed',
    'busy',
    'no-answer',
    'failed',
    'canceled',
  ],
  resumes: 'asked',
  redirects: true,
  streamToken: 'parameter',
  transfers: ['blind', 'announced'],
  says: true,
  machineDetection: true,
  // No request sends digits into a call without ending its stream, and the stream has no word for it.
  digitsOut: 'tones',
});

/** A Twilio account: Programmable Voice, Media Streams and the Calls API. */
export class TwilioCarrier extends CarrierAccount {
  static readonly CAPABILITIES = CAPABILITIES;

  readonly kind: string;
  readonly media: TwilioMedia;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: CallsPort;
  readonly ingress: TwilioIngress;
  override readonly simulated: boolean;
  override readonly capabilities: Capabilities;
  override readonly numbersPort: TwilioNumbers;
  /** The alerts and the account's state are Twilio's own. */
  override readonly diagnostics: TwilioDiagnostics | null;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: TwilioAccount,
    readonly key: string = TWILIO.kind,
    timeoutMs?: number,
    dialect: TwimlDialect = TWILIO,
  ) {
    super();
    this.kind = dialect.kind;
    this.capabilities = { ...CAPABILITIES, ...dialect.differences };
    this.accountId = account.accountSid;
    this.numbers = account.fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    this.simulated = account.simulated ?? false;
    const tokens = [account.authToken, account.authTokenSecondary ?? ''];
    this.media = new TwilioMedia(tokens, dialect);
    this.calls = new TwilioCalls(account, timeoutMs, dialect);
    this.ingress = new TwilioIngress(tokens, dialect);
    this.numbersPort = new TwilioNumbers(account, timeoutMs, dialect);
    this.diagnostics = dialect === TWILIO ? new TwilioDiagnostics(account) : null;
    this.shownSettings = {
      [dialect.accountField]: account.accountSid,
      from_numbers: account.fromNumbers,
      ...(account.apiKey && dialect === TWILIO ? { api_key_sid: account.apiKey.sid } : {}),
      ...(account.apiBaseUrl === null ? {} : { api_base_url: account.apiBaseUrl }),
    };
  }
}

/**
 * Twilio, with the account of the environment. It was the first carrier, so it has the paths
 * without a key.
 */
export class TwilioKind extends CarrierKind {
  readonly name = TWILIO.kind;
  readonly needs = 'TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBERS';
  readonly accounts: readonly TwilioCarrier[];
  override readonly hasUnprefixedPaths = true;
  override readonly capabilities = CAPABILITIES;
  override readonly form = new TwilioForm((account, key) => new TwilioCarrier(account, key));

  override get label(): string {
    return 'Twilio';
  }

  /** @param account null while none is configured */
  constructor(account: TwilioAccount | null) {
    super();
    this.accounts = account ? [new TwilioCarrier(account)] : [];
  }
}

import { LEAST, type Capabilities } from '../capabilities.js';
import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { TWILIO } from '../twilio/dialect.js';
import { CloudonixCalls } from './client.js';
import { CloudonixForm } from './cloudonix.form.js';
import { API_BASE_URL, type CloudonixAccount } from './cloudonix.settings.js';
import { CloudonixTest } from './cloudonix-test.js';
import { CloudonixIngress } from './ingress.js';
import { CloudonixMedia } from './stream.js';

/**
 * What its documents and its users' code say of it. Another program for a call that is under way, transfers,
 * sentences and machine detection are left out: nothing that we could read says how they are done.
 */
export const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  lookUp: 'alive',
  tells: ['ringing', 'answered', 'completed', 'busy', 'no-answer', 'failed', 'canceled'],
  digitsOut: 'tones',
});

/** A domain at Cloudonix: Twilio's instructions and streams, and an API of its own. Not tried live. */
export class CloudonixCarrier extends CarrierAccount {
  readonly kind = 'cloudonix';
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: CloudonixCalls;
  readonly ingress: CloudonixIngress;
  readonly media = new CloudonixMedia();
  override readonly capabilities = CAPABILITIES;
  override readonly test: CloudonixTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: CloudonixAccount,
    readonly key: string = 'cloudonix',
    timeoutMs?: number,
  ) {
    super();
    const { domain, webhookKey, fromNumbers, apiBaseUrl } = account;
    this.accountId = domain;
    this.numbers = fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    this.calls = new CloudonixCalls(account, timeoutMs);
    this.ingress = new CloudonixIngress(webhookKey);
    this.test = new CloudonixTest(account);
    this.shownSettings = {
      domain,
      from_numbers: fromNumbers,
      ...(apiBaseUrl === API_BASE_URL ? {} : { api_base_url: apiBaseUrl }),
    };
  }
}

/** Cloudonix, with the account of the environment. */
export class CloudonixKind extends CarrierKind {
  readonly name = 'cloudonix';
  readonly needs =
    'CLOUDONIX_DOMAIN, CLOUDONIX_API_KEY, CLOUDONIX_WEBHOOK_KEY and CLOUDONIX_FROM_NUMBERS';
  readonly accounts: readonly CloudonixCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new CloudonixForm((account, key) => new CloudonixCarrier(account, key));

  override get label(): string {
    return 'Cloudonix';
  }

  /** Twilio's: its streams and instructions. */
  override get family(): string {
    return TWILIO.kind;
  }

  /** @param account null while none is configured */
  constructor(account: CloudonixAccount | null) {
    super();
    this.accounts = account ? [new CloudonixCarrier(account)] : [];
  }
}

import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { LEAST, type Capabilities } from '../capabilities.js';
import { ExotelCalls } from './client.js';
import { ExotelForm } from './exotel.form.js';
import { API_BASE_URL, type ExotelAccount } from './exotel.settings.js';
import { ExotelTest } from './exotel-test.js';
import { ExotelIngress } from './ingress.js';
import { ExotelMedia } from './stream.js';

/**
 * What Exotel's accounts can do by its documents. A transfer is a matter of its flows, whose applets
 * we cannot tell to whom.
 */
export const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  lookUp: 'status',
  tells: ['completed', 'busy', 'no-answer', 'failed', 'canceled'],
  digitsOut: 'tones',
  hangsUp: 'stream',
});

/** An account at Exotel: its Calls, and the Voicebot applet of one of its flows. Not tried on a live account. */
export class ExotelCarrier extends CarrierAccount {
  readonly kind = 'exotel';
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: ExotelCalls;
  readonly ingress: ExotelIngress;
  readonly media = new ExotelMedia();
  override readonly capabilities = CAPABILITIES;
  override readonly test: ExotelTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: ExotelAccount,
    readonly key: string = 'exotel',
    timeoutMs?: number,
  ) {
    super();
    const { accountSid, flowId, webhookToken, fromNumbers, apiBaseUrl } = account;
    this.accountId = accountSid;
    this.numbers = fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    this.calls = new ExotelCalls(account, timeoutMs);
    this.ingress = new ExotelIngress(webhookToken);
    this.test = new ExotelTest(account);
    this.shownSettings = {
      account_sid: accountSid,
      flow_id: flowId,
      from_numbers: fromNumbers,
      ...(apiBaseUrl === API_BASE_URL ? {} : { api_base_url: apiBaseUrl }),
    };
  }
}

/** Exotel, with the account of the environment. */
export class ExotelKind extends CarrierKind {
  readonly name = 'exotel';
  readonly needs =
    'EXOTEL_ACCOUNT_SID, EXOTEL_API_KEY, EXOTEL_API_TOKEN, EXOTEL_FLOW_ID, EXOTEL_WEBHOOK_TOKEN and EXOTEL_FROM_NUMBERS';
  readonly accounts: readonly ExotelCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new ExotelForm((account, key) => new ExotelCarrier(account, key));

  override get label(): string {
    return 'Exotel';
  }

  /** @param account null while none is configured */
  constructor(account: ExotelAccount | null) {
    super();
    this.accounts = account ? [new ExotelCarrier(account)] : [];
  }
}

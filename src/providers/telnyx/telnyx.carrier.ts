import { LEAST, type Capabilities } from '../capabilities.js';
import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { TelnyxApi } from './api.js';
import { TelnyxCalls } from './client.js';
import { TelnyxIngress } from './ingress.js';
import { TelnyxInstructions } from './instructions.js';
import { TelnyxMedia } from './stream.js';
import { TelnyxForm } from './telnyx.form.js';
import { TELNYX_API, type TelnyxAccount } from './telnyx.settings.js';
import { TelnyxTest } from './telnyx-test.js';

const NAME = 'telnyx';

/**
 * That a dial which is repeated with the same `command_id` is answered with the call of the first one is not
 * documented, so one whose reply was lost is not repeated: the call's own events tell of it.
 */
const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  lookUp: 'alive',
  tells: ['initiated', 'answered', 'completed', 'busy', 'no-answer', 'failed', 'canceled'],
  resumes: 'rest',
  transfers: ['blind'],
  machineDetection: true,
  digitsOut: 'api',
});

/** Telnyx's Call Control: JSON events, commands, media streaming. Not tried on a live account. */
export class TelnyxCarrier extends CarrierAccount {
  readonly kind = NAME;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: TelnyxCalls;
  readonly ingress: TelnyxIngress;
  readonly media = new TelnyxMedia();
  override readonly capabilities = CAPABILITIES;
  override readonly test: TelnyxTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: TelnyxAccount,
    readonly key: string = NAME,
    timeoutMs?: number,
  ) {
    super();
    this.accountId = account.connectionId;
    this.numbers = account.fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    const api = new TelnyxApi(account, timeoutMs);
    this.calls = new TelnyxCalls(account, api);
    this.ingress = new TelnyxIngress(account.publicKey, new TelnyxInstructions(api));
    this.test = new TelnyxTest(account);
    this.shownSettings = {
      connection_id: account.connectionId,
      public_key: account.publicKey,
      from_numbers: account.fromNumbers,
      ...(account.apiBaseUrl === TELNYX_API ? {} : { api_base_url: account.apiBaseUrl }),
    };
  }
}

/** Telnyx's Call Control, with the account of the environment. */
export class TelnyxKind extends CarrierKind {
  readonly name = NAME;
  readonly needs =
    'TELNYX_API_KEY, TELNYX_PUBLIC_KEY, TELNYX_CONNECTION_ID and TELNYX_FROM_NUMBERS';
  readonly accounts: readonly TelnyxCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new TelnyxForm((account, key) => new TelnyxCarrier(account, key));

  override get label(): string {
    return 'Telnyx';
  }

  /** @param account null while none is configured */
  constructor(account: TelnyxAccount | null) {
    super();
    this.accounts = account ? [new TelnyxCarrier(account)] : [];
  }
}

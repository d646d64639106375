import { LEAST, type Capabilities } from '../capabilities.js';
import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { Nonces } from '../nonces.js';
import { VonageApi } from './api.js';
import { VonageCalls } from './client.js';
import { VonageIngress } from './ingress.js';
import { JTI_KEPT_MS, type Signer } from './signature.js';
import { VonageMedia } from './stream.js';
import { VonageForm } from './vonage.form.js';
import { VONAGE_API, type VonageAccount } from './vonage.settings.js';
import { VonageTest } from './vonage-test.js';

const NAME = 'vonage';

/** A dial whose reply was lost is not repeated, because nothing makes it one: the call's own events tell of it. */
const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
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
  transfers: ['blind'],
  says: true,
  machineDetection: true,
  digitsOut: 'api',
});

/** A Voice application of Vonage: its API, its NCCOs and its WebSockets. Not tried on a live account. */
export class VonageCarrier extends CarrierAccount {
  readonly kind = NAME;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: VonageCalls;
  readonly ingress: VonageIngress;
  readonly media: VonageMedia;
  override readonly capabilities = CAPABILITIES;
  override readonly test: VonageTest;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: VonageAccount,
    readonly key: string = NAME,
    timeoutMs?: number,
    now: () => number = Date.now,
  ) {
    super();
    const { applicationId, apiKey, signatureSecret, fromNumbers, apiBaseUrl } = account;
    this.accountId = applicationId;
    this.numbers = fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    const tokens = new Nonces(now, JTI_KEPT_MS);
    const signer: Signer = { signatureSecret, apiKey, applicationId, tokens, now };
    this.calls = new VonageCalls(applicationId, new VonageApi(account, timeoutMs));
    this.ingress = new VonageIngress(signer);
    this.media = new VonageMedia(signer);
    this.test = new VonageTest(account);
    this.shownSettings = {
      application_id: applicationId,
      api_key: apiKey,
      from_numbers: fromNumbers,
      ...(apiBaseUrl === VONAGE_API ? {} : { api_base_url: apiBaseUrl }),
    };
  }
}

/** Vonage, with the application of the environment. */
export class VonageKind extends CarrierKind {
  readonly name = NAME;
  readonly needs =
    'VONAGE_APPLICATION_ID, VONAGE_PRIVATE_KEY, VONAGE_API_KEY, VONAGE_SIGNATURE_SECRET and VONAGE_FROM_NUMBERS';
  readonly accounts: readonly VonageCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new VonageForm((account, key) => new VonageCarrier(account, key));

  override get label(): string {
    return 'Vonage';
  }

  /** @param account null while none is configured */
  constructor(account: VonageAccount | null) {
    super();
    this.accounts = account ? [new VonageCarrier(account)] : [];
  }
}

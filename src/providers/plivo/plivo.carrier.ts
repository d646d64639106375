import { CarrierAccount } from '../carrier-account.js';
import { CarrierKind } from '../carrier-kind.js';
import { LEAST, type Capabilities } from '../capabilities.js';
import { PlivoCalls } from './client.js';
import { PlivoDiagnostics } from './diagnostics.js';
import { PLIVO, type PlivoDialect } from './dialect.js';
import { PlivoIngress } from './ingress.js';
import { Nonces } from '../nonces.js';
import { PlivoNumbers } from './numbers.js';
import { PlivoForm } from './plivo.form.js';
import type { PlivoAccount } from './plivo.settings.js';
import { PlivoMedia } from './stream.js';

/** What Plivo's accounts can do; a dialect says in which it differs. */
export const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  lookUp: 'alive',
  // That a call was answered is told by the question about it.
  tells: ['ringing', 'completed', 'busy', 'no-answer', 'failed', 'canceled'],
  resumes: 'asked',
  redirects: true,
  streamToken: 'parameter',
  transfers: ['blind'],
  says: true,
  machineDetection: true,
  digitsOut: 'api',
});

/** An account at Plivo: its Voice API, its XML and its audio streams. Not tried on a live account. */
export class PlivoCarrier extends CarrierAccount {
  readonly kind: string;
  readonly accountId: string;
  readonly numbers: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: PlivoCalls;
  readonly ingress: PlivoIngress;
  readonly media: PlivoMedia;
  override readonly capabilities: Capabilities;
  /** Applications, numbers and the account's state are asked in Plivo's own words. */
  override readonly numbersPort: PlivoNumbers | null;
  override readonly diagnostics: PlivoDiagnostics | null;
  override readonly shownSettings: Readonly<Record<string, unknown>>;

  constructor(
    account: PlivoAccount,
    readonly key: string = PLIVO.kind,
    dialect: PlivoDialect = PLIVO,
    timeoutMs?: number,
  ) {
    super();
    const { authId, authToken, acceptsV2, mediaFormat, fromNumbers, apiBaseUrl } = account;
    this.kind = dialect.kind;
    this.capabilities = { ...CAPABILITIES, ...dialect.differences };
    this.accountId = authId;
    this.numbers = fromNumbers;
    this.callsPerSecond = account.callsPerSecond;
    const signer = { authToken, acceptsV2, dialect, nonces: new Nonces() };
    this.calls = new PlivoCalls(account, dialect, timeoutMs);
    this.ingress = new PlivoIngress(signer, mediaFormat);
    this.media = new PlivoMedia(signer);
    const isPlivo = dialect === PLIVO;
    this.numbersPort = isPlivo ? new PlivoNumbers(account, key, timeoutMs) : null;
    this.diagnostics = isPlivo ? new PlivoDiagnostics(account) : null;
    this.shownSettings = {
      auth_id: authId,
      from_numbers: fromNumbers,
      media_format: mediaFormat,
      ...(acceptsV2 ? { signature_v2: true } : {}),
      ...(apiBaseUrl === dialect.apiBaseUrl ? {} : { api_base_url: apiBaseUrl }),
    };
  }
}

/** Plivo, with the account of the environment. */
export class PlivoKind extends CarrierKind {
  readonly name = PLIVO.kind;
  readonly needs = 'PLIVO_AUTH_ID, PLIVO_AUTH_TOKEN and PLIVO_FROM_NUMBERS';
  readonly accounts: readonly PlivoCarrier[];
  override readonly capabilities = CAPABILITIES;
  override readonly form = new PlivoForm(PLIVO, (account, key) => new PlivoCarrier(account, key));

  override get label(): string {
    return PLIVO.label;
  }

  /** @param account null while none is configured */
  constructor(account: PlivoAccount | null) {
    super();
    this.accounts = account ? [new PlivoCarrier(account)] : [];
  }
}

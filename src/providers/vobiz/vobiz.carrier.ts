import { CarrierKind } from '../carrier-kind.js';
import { PLIVO } from '../plivo/dialect.js';
import { CAPABILITIES, PlivoCarrier } from '../plivo/plivo.carrier.js';
import { PlivoForm } from '../plivo/plivo.form.js';
import type { PlivoAccount } from '../plivo/plivo.settings.js';
import { VOBIZ } from './vobiz.dialect.js';
import { VobizTest } from './vobiz-test.js';

/** Plivo's protocol in the dialect of Vobiz. Not tried on a live account. */
export class VobizCarrier extends PlivoCarrier {
  override readonly test: VobizTest;

  constructor(account: PlivoAccount, key: string = VOBIZ.kind, timeoutMs?: number) {
    super(account, key, VOBIZ, timeoutMs);
    this.test = new VobizTest(account);
  }
}

/** Vobiz, with the account of the environment. */
export class VobizKind extends CarrierKind {
  readonly name = VOBIZ.kind;
  readonly needs = 'VOBIZ_AUTH_ID, VOBIZ_AUTH_TOKEN and VOBIZ_FROM_NUMBERS';
  readonly accounts: readonly VobizCarrier[];
  override readonly capabilities = { ...CAPABILITIES, ...VOBIZ.differences };
  override readonly form = new PlivoForm(VOBIZ, (account, key) => new VobizCarrier(account, key));

  override get label(): string {
    return VOBIZ.label;
  }

  /** Plivo's: its protocol in another dialect. */
  override get family(): string {
    return PLIVO.kind;
  }

  /** @param account null while none is configured */
  constructor(account: PlivoAccount | null) {
    super();
    this.accounts = account ? [new VobizCarrier(account)] : [];
  }
}

import { LEAST, type Capabilities } from '../../../src/providers/capabilities.js';
import { CarrierAccount } from '../../../src/providers/carrier-account.js';
import { CarrierKind } from '../../../src/providers/carrier-kind.js';
import { BinaryDialect } from '../binary-dialect.js';
import { MadeUpApi } from './made-up-api.js';
import { MadeUpIngress } from './made-up-ingress.js';

const NAME = 'made-up';

export interface MadeUpSettings {
  key: string;
  apiUrl: string;
  apiKey: string;
  secret: string;
  numbers: readonly string[];
}

const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  dialIdentity: 'idempotency-key',
  lookUp: 'alive',
  tells: ['initiated', 'ringing', 'answered', 'completed', 'busy', 'no-answer', 'failed'],
});

export class MadeUpCarrier extends CarrierAccount {
  readonly kind = NAME;
  readonly key: string;
  readonly accountId = '';
  readonly numbers: readonly string[];
  readonly callsPerSecond = 1_000;
  readonly calls: MadeUpApi;
  readonly ingress: MadeUpIngress;
  readonly media = new BinaryDialect();
  override readonly capabilities = CAPABILITIES;

  constructor({ key, apiUrl, apiKey, secret, numbers }: MadeUpSettings) {
    super();
    this.key = key;
    this.numbers = numbers;
    this.calls = new MadeUpApi(apiUrl, apiKey);
    this.ingress = new MadeUpIngress(secret, this.calls);
  }
}

export class MadeUpKind extends CarrierKind {
  readonly name = NAME;
  readonly needs = 'MADE_UP_KEY and MADE_UP_NUMBERS';

  constructor(readonly accounts: readonly MadeUpCarrier[]) {
    super();
  }
}

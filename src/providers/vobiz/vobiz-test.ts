import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { PlivoApi } from '../plivo/api.js';
import { describe } from '../api-failure.js';
import type { PlivoAccount } from '../plivo/plivo.settings.js';
import { VOBIZ } from './vobiz.dialect.js';

const WITHIN_MS = 6_000;

/** Signs in to Vobiz's API by asking for the calls that are live, and says what its signatures are worth. */
export class VobizTest extends AccountTest {
  private readonly api: PlivoApi;

  constructor(account: PlivoAccount) {
    super();
    this.api = new PlivoApi(account, VOBIZ, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    const credentials = await this.credentials();
    return credentials.result === 'works' ? [credentials, SIGNATURES] : [credentials];
  }

  private async credentials(): Promise<TestFinding> {
    const name = 'credentials';
    const answer = await this.api.ask('GET', 'Call/?status=live');
    if (answer.kind === 'done') {
      return finding(name, 'works', 'Vobiz accepts the auth ID and the auth token.');
    }
    if (answer.kind === 'refused' && [401, 403].includes(answer.status)) {
      return finding(
        name,
        'fails',
        'Vobiz refuses the auth ID or the auth token.',
        'Copy both from the Vobiz console into the account; for the account of the environment these are VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN; then restart.',
      );
    }
    if (answer.kind === 'refused' && answer.status === 402) {
      return finding(
        name,
        'fails',
        'The account has no balance.',
        'Top it up in the Vobiz console.',
      );
    }
    return finding(
      name,
      answer.kind === 'unreachable' ? 'fails' : 'unknown',
      `Vobiz’s API cannot be asked (${describe(answer)}).`,
      'Let this machine connect to the carrier’s API over https.',
    );
  }
}

const SIGNATURES = finding(
  'signatures',
  'limited',
  'Vobiz signs the address of a request, and nothing of what the request says.',
  'Give Vobiz https addresses alone. A request is accepted once; that is all that can be checked.',
);

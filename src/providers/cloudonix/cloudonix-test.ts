import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { describe } from '../api-failure.js';
import { CloudonixApi, isGone } from './api.js';
import type { CloudonixAccount } from './cloudonix.settings.js';

const WITHIN_MS = 8_000;
/** A session that no domain has: what is refused then is not the key. */
const NO_SESSION = '0'.repeat(32);

/** Asks Cloudonix about a session that does not exist, and says what a proof of its requests is worth. */
export class CloudonixTest extends AccountTest {
  private readonly api: CloudonixApi;

  constructor(account: CloudonixAccount) {
    super();
    this.api = new CloudonixApi(account, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    const credentials = await this.credentials();
    return credentials.result === 'works' ? [credentials, UNSIGNED] : [credentials];
  }

  private async credentials(): Promise<TestFinding> {
    const answer = await this.api.session('GET', NO_SESSION);
    if (answer.kind === 'done' || isGone(answer)) {
      return finding('credentials', 'works', 'Cloudonix accepts the API key for this domain.');
    }
    if (answer.kind === 'refused') {
      return finding(
        'credentials',
        'fails',
        `Cloudonix refuses the API key (${describe(answer)}).`,
        'Make an API key of this domain in Cloudonix’s portal, and enter it here. The key and the domain must match.',
      );
    }
    return finding(
      'credentials',
      answer.kind === 'unreachable' ? 'fails' : 'unknown',
      `Cloudonix’s API cannot be asked (${describe(answer)}).`,
      'Let this machine connect to the carrier’s API over https.',
    );
  }
}

const UNSIGNED = finding(
  'signatures',
  'limited',
  'Cloudonix signs nothing that it sends: whoever knows the key in x-cx-apikey can speak in its name.',
  'Use that key for nothing else, and give Cloudonix https addresses alone.',
);

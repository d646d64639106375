import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { ExotelApi } from './api.js';
import type { ExotelAccount } from './exotel.settings.js';
import { describe } from '../api-failure.js';

const WITHIN_MS = 6_000;
/** A call that no account has: what is refused then is not the account. */
const NO_CALL = '0'.repeat(32);

/** Signs in to Exotel's API by asking for a call that does not exist, and says what a proof of its requests is worth. */
export class ExotelTest extends AccountTest {
  private readonly api: ExotelApi;

  constructor(account: ExotelAccount) {
    super();
    this.api = new ExotelApi(account, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    const credentials = await this.credentials();
    return credentials.result === 'works' ? [credentials, UNSIGNED] : [credentials];
  }

  private async credentials(): Promise<TestFinding> {
    const answer = await this.api.call(NO_CALL);
    const isKnown = answer.kind === 'refused' && [400, 404].includes(answer.status);
    if (answer.kind === 'done' || isKnown) {
      return finding('credentials', 'works', 'Exotel accepts the API key and token.');
    }
    if (answer.kind === 'refused') {
      return finding(
        'credentials',
        'fails',
        `Exotel refuses the account (${describe(answer)}).`,
        'Copy the account SID, the API key and the API token from the API settings of my.exotel.com, and compare the region of the API’s address.',
      );
    }
    return finding(
      'credentials',
      answer.kind === 'unreachable' ? 'fails' : 'unknown',
      `Exotel’s API cannot be asked (${describe(answer)}).`,
      'Let this machine connect to the carrier’s API over https.',
    );
  }
}

const UNSIGNED = finding(
  'signatures',
  'limited',
  'Exotel signs nothing that it sends: whoever knows the address of the applet, with its token, can speak in its name.',
  'Treat that address as a password, and give Exotel https addresses alone.',
);

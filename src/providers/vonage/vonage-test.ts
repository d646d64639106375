import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { VonageApi } from './api.js';
import { describe } from '../api-failure.js';
import type { Outcome } from './failure.js';
import type { VonageAccount } from './vonage.settings.js';

const WITHIN_MS = 8_000;

/**
 * Asks Vonage for the application's latest call: with the wrong key, or for an application that there is none of, it
 * refuses. What the application is set to, only the account's API secret could ask.
 */
export class VonageTest extends AccountTest {
  private readonly api: VonageApi;

  constructor(account: VonageAccount) {
    super();
    this.api = new VonageApi(account, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    return [credentialsOf(await this.api.ask('GET', '/calls?page_size=1'))];
  }
}

function credentialsOf(outcome: Outcome): TestFinding {
  const name = 'credentials';
  switch (outcome.kind) {
    case 'done':
      return finding(
        name,
        'works',
        'Vonage accepts the application’s key. What it cannot be asked: whether the signature secret is right, and where calls that come in are told.',
      );
    case 'throttled':
      return finding(name, 'works', 'Vonage accepts the application’s key, and is busy just now.');
    case 'refused':
      if (outcome.status !== 401 && outcome.status !== 403) break;
      return finding(
        name,
        'fails',
        'Vonage refuses the application’s key.',
        'In the Vonage dashboard, Applications, look whether the id is that of this application, and generate a new key pair if in doubt. A clock that is wrong by minutes is refused as well.',
      );
    case 'unreachable':
    case 'unanswered':
      break;
    default:
      outcome satisfies never;
  }
  return finding(name, 'unknown', `Vonage cannot be asked (${describe(outcome)}).`);
}

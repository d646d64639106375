import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { TelnyxApi } from './api.js';
import { describe } from '../api-failure.js';
import type { Outcome } from './failure.js';
import type { TelnyxAccount } from './telnyx.settings.js';

/** Both questions are asked at the same time. */
const WITHIN_MS = 8_000;
const NUMBERS_MAX = 250;

/** Asks Telnyx for the application, and for the numbers that lead to it. */
export class TelnyxTest extends AccountTest {
  private readonly api: TelnyxApi;

  constructor(private readonly account: TelnyxAccount) {
    super();
    this.api = new TelnyxApi(account, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    const { connectionId } = this.account;
    const [application, numbers] = await Promise.all([
      this.api.get(`/call_control_applications/${connectionId}`),
      this.api.get(
        `/phone_numbers?filter[connection_id]=${connectionId}&page[size]=${NUMBERS_MAX}`,
      ),
    ]);
    const credentials = credentialsOf(application);
    if (credentials.result !== 'works') return [credentials];
    return [credentials, applicationOf(application), this.numbersOf(numbers)];
  }

  private numbersOf(outcome: Outcome): TestFinding {
    const name = 'numbers';
    if (outcome.kind !== 'done' || !Array.isArray(outcome.data)) {
      return finding(name, 'unknown', 'Telnyx does not say which numbers lead to the application.');
    }
    const theirs = new Set(
      outcome.data.map((one) => (Object(one) as { phone_number?: unknown }).phone_number),
    );
    const missing = this.account.fromNumbers.filter((number) => !theirs.has(number)).length;
    if (missing === 0 || theirs.size >= NUMBERS_MAX) {
      return finding(name, 'works', 'The numbers of the account lead to the application.');
    }
    return finding(
      name,
      'limited',
      `${missing} of the account’s ${this.account.fromNumbers.length} numbers do not lead to this application.`,
      'In the Telnyx portal, Numbers, choose the application as the number’s connection; until then calls to it do not come here.',
    );
  }
}

function credentialsOf(outcome: Outcome): TestFinding {
  const name = 'credentials';
  if (outcome.kind === 'done') return finding(name, 'works', 'Telnyx accepts the API key.');
  if (outcome.kind === 'refused' && [401, 403].includes(outcome.status)) {
    return finding(
      name,
      'fails',
      'Telnyx refuses the API key.',
      'Make a new one in the Telnyx portal under API Keys (v2), and enter it here.',
    );
  }
  if (outcome.kind === 'refused' && outcome.status === 404) {
    return finding(
      name,
      'fails',
      'The API key’s account has no such Call Control application.',
      'The id is on the application’s page in the Telnyx portal, under Voice, Programmable Voice. Of a TeXML application it is another one.',
    );
  }
  return finding(name, 'unknown', `Telnyx cannot be asked (${describe(outcome)}).`);
}

function applicationOf(outcome: Outcome): TestFinding {
  const name = 'application';
  const data = outcome.kind === 'done' ? outcome.data : {};
  if (data['active'] === false) {
    return finding(
      name,
      'fails',
      'The application is switched off.',
      'Switch it on in the Telnyx portal.',
    );
  }
  if (['1', 1].includes(data['webhook_api_version'] as string | number)) {
    return finding(
      name,
      'fails',
      'The application’s events come in API version 1.',
      'Choose API v2 as its webhook API version.',
    );
  }
  const url = data['webhook_event_url'];
  return typeof url === 'string' && /\/accounts\/[a-z0-9-]+\/events$/.test(url)
    ? finding(
        name,
        'works',
        'The application tells calls that come in to an address of a Patchbay.',
      )
    : finding(
        name,
        'limited',
        'The application’s webhook URL is not one of a Patchbay, so calls that come in are told elsewhere.',
        'Enter …/api/v1/telephony/accounts/KEY/events with this account’s key as its webhook URL. Calls that are placed need none.',
      );
}

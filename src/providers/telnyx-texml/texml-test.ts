import { AccountTest, finding, type TestFinding } from '../account-test.js';
import { TelnyxApi } from '../telnyx/api.js';
import { describe } from '../api-failure.js';
import type { TexmlAccount } from './texml.settings.js';

const WITHIN_MS = 8_000;

/** Asks Telnyx for the TeXML application. */
export class TexmlTest extends AccountTest {
  private readonly api: TelnyxApi;

  constructor(private readonly account: TexmlAccount) {
    super();
    this.api = new TelnyxApi(account, WITHIN_MS);
  }

  async run(): Promise<readonly TestFinding[]> {
    const outcome = await this.api.get(`/texml_applications/${this.account.applicationSid}`);
    if (outcome.kind === 'done') {
      const credentials = finding('credentials', 'works', 'Telnyx accepts the API key.');
      return [credentials, applicationOf(outcome.data)];
    }
    if (outcome.kind !== 'refused' || ![401, 403, 404].includes(outcome.status)) {
      return [finding('credentials', 'unknown', `Telnyx cannot be asked (${describe(outcome)}).`)];
    }
    const isThere = outcome.status !== 404;
    return [
      finding(
        'credentials',
        'fails',
        isThere
          ? 'Telnyx refuses the API key.'
          : 'The API key’s account has no such TeXML application.',
        isThere
          ? 'Make a new one in the Telnyx portal under API Keys (v2), and enter it here.'
          : 'The id is on the application’s page in the Telnyx portal. Of a Call Control application it is another one.',
      ),
    ];
  }
}

function applicationOf(data: Readonly<Record<string, unknown>>): TestFinding {
  const name = 'application';
  if (data['active'] === false) {
    const fix = 'Switch it on in the Telnyx portal.';
    return finding(name, 'fails', 'The application is switched off.', fix);
  }
  const { voice_url: url, voice_method: method } = data;
  const isOurs = typeof url === 'string' && /\/accounts\/[a-z0-9-]+\/answer$/.test(url);
  // What is signed of a GET is not documented, so it is refused.
  if (isOurs && /^get$/i.test(typeof method === 'string' ? method : '')) {
    const fix = 'Choose POST as its voice method.';
    return finding(name, 'limited', 'The application asks by GET, which is not taken.', fix);
  }
  if (isOurs) {
    return finding(
      name,
      'works',
      'Calls that come in are asked about at an address of a Patchbay.',
    );
  }
  return finding(
    name,
    'limited',
    'The application’s voice URL is not one of a Patchbay, so calls that come in go elsewhere.',
    'Enter …/api/v1/telephony/accounts/KEY/answer with this account’s key. Calls that are placed need none.',
  );
}

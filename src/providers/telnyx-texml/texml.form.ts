import {
  FormOf,
  baseField,
  baseOf,
  numbersField,
  schemaOf,
  secretField,
  textOf,
  textsOf,
  type AccountValues,
} from '../account-form.js';
import { CONNECTION_ID, PUBLIC_KEY, TELNYX_API } from '../telnyx/telnyx.settings.js';
import type { TexmlAccount } from './texml.settings.js';

const SETTINGS = schemaOf(
  {
    account_sid: {
      type: 'string',
      pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
      maxLength: 36,
      description: 'The id of the Telnyx account, a UUID. It stays with the account’s key.',
    },
    application_sid: {
      type: 'string',
      pattern: CONNECTION_ID.source,
      maxLength: 40,
      description: 'The id of the TeXML application, digits.',
    },
    public_key: {
      type: 'string',
      pattern: PUBLIC_KEY.source,
      maxLength: 44,
      description: 'The public key of the Telnyx account, which verifies webhooks; base64.',
    },
    from_numbers: numbersField(
      'The numbers in E.164 that lead to the application; the first is the default caller.',
    ),
    api_base_url: baseField(
      'Another base for the API, with its version. Left empty: Telnyx’s own.',
    ),
  },
  ['account_sid', 'application_sid', 'public_key', 'from_numbers'],
);

const SECRETS = schemaOf({ api_key: secretField('An API key (v2) of the Telnyx account.') }, [
  'api_key',
]);

/** How a TeXML application of Telnyx is entered. */
export class TexmlForm extends FormOf<TexmlAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): TexmlAccount {
    return {
      apiBaseUrl: baseOf(values) ?? TELNYX_API,
      apiKey: values.secrets['api_key'] ?? '',
      publicKey: textOf(values, 'public_key') ?? '',
      accountSid: textOf(values, 'account_sid') ?? '',
      applicationSid: textOf(values, 'application_sid') ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

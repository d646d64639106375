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
import { CONNECTION_ID, PUBLIC_KEY, TELNYX_API, type TelnyxAccount } from './telnyx.settings.js';

const SETTINGS = schemaOf(
  {
    connection_id: {
      type: 'string',
      pattern: CONNECTION_ID.source,
      maxLength: 40,
      description: 'The id of the Call Control application. It stays with the account’s key.',
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
  ['connection_id', 'public_key', 'from_numbers'],
);

const SECRETS = schemaOf({ api_key: secretField('An API key (v2) of the Telnyx account.') }, [
  'api_key',
]);

/** How a Call Control application of Telnyx is entered. */
export class TelnyxForm extends FormOf<TelnyxAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): TelnyxAccount {
    return {
      apiBaseUrl: baseOf(values) ?? TELNYX_API,
      apiKey: values.secrets['api_key'] ?? '',
      publicKey: textOf(values, 'public_key') ?? '',
      connectionId: textOf(values, 'connection_id') ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

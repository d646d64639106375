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
import { API_BASE_URL, KEY_MIN, type CloudonixAccount } from './cloudonix.settings.js';

const SETTINGS = schemaOf(
  {
    domain: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$',
      maxLength: 253,
      description:
        'The name of the domain, such as example.cloudonix.net, or its id. It stays with the account’s key.',
    },
    from_numbers: numbersField('The domain’s numbers in E.164; the first is the default caller.'),
    api_base_url: baseField('Another base for the API. Left empty: Cloudonix’s own.'),
  },
  ['domain', 'from_numbers'],
);

const SECRETS = schemaOf(
  {
    api_key: secretField('An API key of the domain.'),
    webhook_key: secretField(
      'What Cloudonix sends in x-cx-apikey, at least 16 characters; it signs nothing.',
      KEY_MIN,
    ),
  },
  ['api_key', 'webhook_key'],
);

/** How a domain at Cloudonix is entered. */
export class CloudonixForm extends FormOf<CloudonixAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): CloudonixAccount {
    return {
      apiBaseUrl: baseOf(values) ?? API_BASE_URL,
      domain: textOf(values, 'domain') ?? '',
      apiKey: values.secrets['api_key'] ?? '',
      webhookKey: values.secrets['webhook_key'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

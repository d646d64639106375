import {
  AccountForm,
  baseFaults,
  baseOf,
  numbersField,
  secretField,
  textOf,
  textsOf,
  type AccountParts,
  type FormFault,
  type FormSchema,
  type FormValues,
} from '../account-form.js';
import type { CarrierAccount } from '../carrier-account.js';
import { API_BASE_URL, KEY_MIN, type CloudonixAccount } from './cloudonix.settings.js';

const SETTINGS: FormSchema = {
  type: 'object',
  properties: {
    domain: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$',
      maxLength: 253,
      description:
        'The name of the domain, such as example.cloudonix.net, or its id. It stays with the account’s key.',
    },
    from_numbers: numbersField('The domain’s numbers in E.164; the first is the default caller.'),
    api_base_url: {
      type: 'string',
      maxLength: 500,
      description: 'Another base for the API. Left empty: Cloudonix’s own.',
    },
  },
  required: ['domain', 'from_numbers'],
  additionalProperties: false,
};

const SECRETS: FormSchema = {
  type: 'object',
  properties: {
    api_key: secretField('An API key of the domain.'),
    webhook_key: secretField(
      'What Cloudonix sends in x-cx-apikey, at least 16 characters; it signs nothing.',
      KEY_MIN,
    ),
  },
  required: ['api_key', 'webhook_key'],
  additionalProperties: false,
};

/** How a domain at Cloudonix is entered. */
export class CloudonixForm extends AccountForm {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  readonly callsPerSecond = 1;

  constructor(private readonly build: (account: CloudonixAccount, key: string) => CarrierAccount) {
    super();
  }

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }

  make({ key, callsPerSecond, ...values }: AccountParts): CarrierAccount {
    const account: CloudonixAccount = {
      apiBaseUrl: baseOf(values) ?? API_BASE_URL,
      domain: textOf(values, 'domain') ?? '',
      apiKey: values.secrets['api_key'] ?? '',
      webhookKey: values.secrets['webhook_key'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
    return this.build(account, key);
  }
}

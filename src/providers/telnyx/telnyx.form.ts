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
import { CONNECTION_ID, PUBLIC_KEY, TELNYX_API, type TelnyxAccount } from './telnyx.settings.js';

const SETTINGS: FormSchema = {
  type: 'object',
  properties: {
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
    api_base_url: {
      type: 'string',
      maxLength: 500,
      description: 'Another base for the API, with its version. Left empty: Telnyx’s own.',
    },
  },
  required: ['connection_id', 'public_key', 'from_numbers'],
  additionalProperties: false,
};

const SECRETS: FormSchema = {
  type: 'object',
  properties: { api_key: secretField('An API key (v2) of the Telnyx account.') },
  required: ['api_key'],
  additionalProperties: false,
};

/** How a Call Control application of Telnyx is entered. */
export class TelnyxForm extends AccountForm {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  readonly callsPerSecond = 1;

  constructor(private readonly build: (account: TelnyxAccount, key: string) => CarrierAccount) {
    super();
  }

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }

  make({ key, callsPerSecond, ...values }: AccountParts): CarrierAccount {
    const account: TelnyxAccount = {
      apiBaseUrl: baseOf(values) ?? TELNYX_API,
      apiKey: values.secrets['api_key'] ?? '',
      publicKey: textOf(values, 'public_key') ?? '',
      connectionId: textOf(values, 'connection_id') ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
    return this.build(account, key);
  }
}

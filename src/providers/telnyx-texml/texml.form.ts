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
import { CONNECTION_ID, PUBLIC_KEY, TELNYX_API } from '../telnyx/telnyx.settings.js';
import type { TexmlAccount } from './texml.settings.js';

const SETTINGS: FormSchema = {
  type: 'object',
  properties: {
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
    api_base_url: {
      type: 'string',
      maxLength: 500,
      description: 'Another base for the API, with its version. Left empty: Telnyx’s own.',
    },
  },
  required: ['account_sid', 'application_sid', 'public_key', 'from_numbers'],
  additionalProperties: false,
};

const SECRETS: FormSchema = {
  type: 'object',
  properties: { api_key: secretField('An API key (v2) of the Telnyx account.') },
  required: ['api_key'],
  additionalProperties: false,
};

/** How a TeXML application of Telnyx is entered. */
export class TexmlForm extends AccountForm {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  readonly callsPerSecond = 1;

  constructor(private readonly build: (account: TexmlAccount, key: string) => CarrierAccount) {
    super();
  }

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }

  make({ key, callsPerSecond, ...values }: AccountParts): CarrierAccount {
    const account: TexmlAccount = {
      apiBaseUrl: baseOf(values) ?? TELNYX_API,
      apiKey: values.secrets['api_key'] ?? '',
      publicKey: textOf(values, 'public_key') ?? '',
      accountSid: textOf(values, 'account_sid') ?? '',
      applicationSid: textOf(values, 'application_sid') ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
    return this.build(account, key);
  }
}

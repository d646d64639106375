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
import { baseOfSpace, type SignalWireAccount } from './project.js';

const SETTINGS: FormSchema = {
  type: 'object',
  properties: {
    space: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,62}(\\.signalwire\\.com)?$',
      maxLength: 100,
      description: 'The name of the space, such as example or example.signalwire.com.',
    },
    project_id: {
      type: 'string',
      pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
      maxLength: 36,
      description: 'The project in that space, a UUID. It stays with the account’s key.',
    },
    from_numbers: numbersField('The project’s numbers in E.164; the first is the default caller.'),
    api_base_url: {
      type: 'string',
      maxLength: 500,
      description: 'Another base for the Compatibility API. Left empty: the space’s own.',
    },
  },
  required: ['space', 'project_id', 'from_numbers'],
  additionalProperties: false,
};

const SECRETS: FormSchema = {
  type: 'object',
  properties: {
    api_token: secretField('An API token of the project, with the scope Voice.'),
    signing_key: secretField(
      'The project’s signing key, which verifies webhooks; it is not the API token.',
    ),
  },
  required: ['api_token', 'signing_key'],
  additionalProperties: false,
};

/** How a SignalWire project is entered. */
export class SignalWireForm extends AccountForm {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  readonly callsPerSecond = 1;

  constructor(private readonly build: (account: SignalWireAccount, key: string) => CarrierAccount) {
    super();
  }

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }

  make({ key, callsPerSecond, ...values }: AccountParts): CarrierAccount {
    const account: SignalWireAccount = {
      apiBaseUrl: baseOf(values) ?? baseOfSpace(textOf(values, 'space') ?? ''),
      projectId: textOf(values, 'project_id') ?? '',
      apiToken: values.secrets['api_token'] ?? '',
      signingKey: values.secrets['signing_key'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
    return this.build(account, key);
  }
}

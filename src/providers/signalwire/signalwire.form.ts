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
import { baseOfSpace, type SignalWireAccount } from './project.js';

const SETTINGS = schemaOf(
  {
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
    api_base_url: baseField('Another base for the Compatibility API. Left empty: the space’s own.'),
  },
  ['space', 'project_id', 'from_numbers'],
);

const SECRETS = schemaOf(
  {
    api_token: secretField('An API token of the project, with the scope Voice.'),
    signing_key: secretField(
      'The project’s signing key, which verifies webhooks; it is not the API token.',
    ),
  },
  ['api_token', 'signing_key'],
);

/** How a SignalWire project is entered. */
export class SignalWireForm extends FormOf<SignalWireAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): SignalWireAccount {
    return {
      apiBaseUrl: baseOf(values) ?? baseOfSpace(textOf(values, 'space') ?? ''),
      projectId: textOf(values, 'project_id') ?? '',
      apiToken: values.secrets['api_token'] ?? '',
      signingKey: values.secrets['signing_key'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

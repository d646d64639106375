import {
  FormOf,
  baseFaults,
  baseField,
  baseOf,
  numbersField,
  schemaOf,
  secretField,
  textOf,
  textsOf,
  type AccountValues,
  type FormFault,
  type FormValues,
} from '../account-form.js';
import { privateKey, privateKeyIn } from './private-key.js';
import {
  API_KEY,
  APPLICATION_ID,
  CALLS_PER_SECOND,
  SIGNATURE_SECRET_MIN,
  VONAGE_API,
  type VonageAccount,
} from './vonage.settings.js';

const SETTINGS = schemaOf(
  {
    application_id: {
      type: 'string',
      pattern: APPLICATION_ID.source,
      maxLength: 36,
      description: 'The id of the Voice application, a UUID. It stays with the account’s key.',
    },
    api_key: {
      type: 'string',
      pattern: API_KEY.source,
      maxLength: 40,
      description: 'The API key of the Vonage account, which signed webhooks name.',
    },
    from_numbers: numbersField(
      'The numbers in E.164 that are linked to the application; the first is the default caller.',
    ),
    api_base_url: baseField(
      'Another base for the API, with its version. Left empty: Vonage’s own.',
    ),
  },
  ['application_id', 'api_key', 'from_numbers'],
);

const SECRETS = schemaOf(
  {
    private_key: {
      type: 'string',
      minLength: 1,
      maxLength: 10_000,
      writeOnly: true,
      description:
        'The private key of the application, all of private.key. It signs requests to the API.',
    },
    signature_secret: secretField(
      'The signature secret of the Vonage account, which verifies webhooks. It is not the API secret.',
      SIGNATURE_SECRET_MIN,
    ),
  },
  ['private_key', 'signature_secret'],
);

/** How a Voice application of Vonage is entered. */
export class VonageForm extends FormOf<VonageAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  override readonly callsPerSecond = CALLS_PER_SECOND;

  protected override conflicts(values: FormValues): FormFault[] {
    const faults = baseFaults(values);
    if (privateKeyIn(values.secrets['private_key'] ?? '') !== null) return faults;
    return [...faults, { field: 'secrets.private_key', message: `must be ${privateKey.expected}` }];
  }

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): VonageAccount {
    const { private_key: pem = '', signature_secret: signatureSecret = '' } = values.secrets;
    return {
      apiBaseUrl: baseOf(values) ?? VONAGE_API,
      applicationId: textOf(values, 'application_id') ?? '',
      privateKey: privateKeyIn(pem) ?? '',
      apiKey: textOf(values, 'api_key') ?? '',
      signatureSecret,
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

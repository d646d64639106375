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
import { DEFAULT_REGION, regionalBase, type TwilioAccount } from './twilio.settings.js';

const SETTINGS = schemaOf(
  {
    account_sid: {
      type: 'string',
      pattern: '^AC[0-9a-fA-F]{32}$',
      maxLength: 34,
      description:
        'The account, or a subaccount: AC followed by 32 hexadecimal digits. It stays with the account’s key.',
    },
    from_numbers: numbersField('The account’s numbers in E.164; the first is the default caller.'),
    api_key_sid: {
      type: 'string',
      pattern: '^SK[0-9a-fA-F]{32}$',
      maxLength: 34,
      description:
        'An API key that signs in to the API in place of the auth token: SK followed by 32 hexadecimal digits.',
    },
    region: {
      type: 'string',
      pattern: '^[a-z]{2}[1-9]$',
      maxLength: 3,
      description: 'Twilio’s region, such as ie1, together with an edge. Left empty: us1.',
    },
    edge: {
      type: 'string',
      pattern: '^[a-z]+(-[a-z]+)*$',
      maxLength: 40,
      description:
        'Twilio’s edge location that requests enter by, such as dublin. Left empty: Twilio’s choice.',
    },
    api_base_url: baseField('Another base for the Calls API. Left empty: Twilio’s own.'),
  },
  ['account_sid', 'from_numbers'],
);

const SECRETS = schemaOf(
  {
    auth_token: secretField(
      'The account’s auth token: it signs in to the API and verifies webhooks.',
    ),
    auth_token_secondary: secretField(
      'A second auth token, accepted on webhooks beside the first while tokens rotate.',
    ),
    api_key_secret: secretField('The secret of the API key.'),
  },
  ['auth_token'],
);

/** How a Twilio account is entered. */
export class TwilioForm extends FormOf<TwilioAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override conflicts(values: FormValues): FormFault[] {
    const text = (name: string): string | null => textOf(values, name);
    const faults: FormFault[] = [];
    const fault = (field: string, message: string): void => void faults.push({ field, message });
    const [sid, secret] = [text('api_key_sid'), values.secrets['api_key_secret'] ?? null];
    if (sid !== null && secret === null) {
      fault('secrets.api_key_secret', 'must be set together with settings.api_key_sid');
    }
    if (sid === null && secret !== null) {
      fault('settings.api_key_sid', 'must be set together with secrets.api_key_secret');
    }
    const [region, edge, base] = [text('region'), text('edge'), text('api_base_url')];
    if (region !== null && region !== DEFAULT_REGION && edge === null) {
      fault('settings.edge', `must be set too, or Twilio handles requests in ${DEFAULT_REGION}`);
    }
    faults.push(...baseFaults(values));
    if (base !== null && (region !== null || edge !== null)) {
      fault('settings.api_base_url', 'must not be set beside region and edge, which make a base');
    }
    return faults;
  }

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): TwilioAccount {
    const { secrets } = values;
    const [sid, secret] = [textOf(values, 'api_key_sid'), secrets['api_key_secret']];
    return {
      accountSid: textOf(values, 'account_sid') ?? '',
      authToken: secrets['auth_token'] ?? '',
      authTokenSecondary: secrets['auth_token_secondary'] ?? null,
      fromNumbers: textsOf(values, 'from_numbers'),
      apiBaseUrl: baseOf(values) ?? regionalBase(textOf(values, 'region'), textOf(values, 'edge')),
      callsPerSecond,
      apiKey: sid === null || secret === undefined ? null : { sid, secret },
    };
  }
}

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
import { API_BASE_URL, TOKEN_MIN, type ExotelAccount } from './exotel.settings.js';

const SETTINGS = schemaOf(
  {
    account_sid: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      maxLength: 64,
      description: 'The account’s SID, from its API settings. It stays with the account’s key.',
    },
    flow_id: {
      type: 'string',
      pattern: '^\\d{1,12}$',
      maxLength: 12,
      description: 'The number of the flow (App ID) whose Voicebot applet asks Patchbay.',
    },
    from_numbers: numbersField('The ExoPhones in E.164; the first is the default caller.'),
    api_base_url: baseField(
      'Another base for the API, with its version; in Singapore https://api.exotel.com/v1. Left empty: that of Mumbai.',
    ),
  },
  ['account_sid', 'flow_id', 'from_numbers'],
);

const SECRETS = schemaOf(
  {
    api_key: secretField('The API key, from the account’s API settings.'),
    api_token: secretField('The API token that belongs to the key.'),
    webhook_token: {
      ...secretField(
        'Made up by you, at least 24 letters, digits, hyphens or underscores: it stands in the address that the applet asks, because Exotel signs nothing.',
        TOKEN_MIN,
      ),
      pattern: '^[A-Za-z0-9_-]+$',
    },
  },
  ['api_key', 'api_token', 'webhook_token'],
);

/** How an Exotel account is entered. */
export class ExotelForm extends FormOf<ExotelAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): ExotelAccount {
    const { secrets } = values;
    return {
      apiBaseUrl: baseOf(values) ?? API_BASE_URL,
      accountSid: textOf(values, 'account_sid') ?? '',
      flowId: textOf(values, 'flow_id') ?? '',
      apiKey: secrets['api_key'] ?? '',
      apiToken: secrets['api_token'] ?? '',
      webhookToken: secrets['webhook_token'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      callsPerSecond,
    };
  }
}

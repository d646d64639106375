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
import type { PlivoDialect } from './dialect.js';
import { MEDIA_FORMATS, type PlivoAccount } from './plivo.settings.js';

const [MEDIA_FORMAT] = MEDIA_FORMATS;

/** How an account at Plivo is entered, or at a carrier that speaks its protocol. */
export class PlivoForm extends AccountForm {
  readonly settingsSchema: FormSchema;
  readonly secretsSchema: FormSchema;
  readonly callsPerSecond = 1;

  constructor(
    private readonly dialect: PlivoDialect,
    private readonly build: (account: PlivoAccount, key: string) => CarrierAccount,
  ) {
    super();
    this.settingsSchema = settingsOf(dialect);
    this.secretsSchema = {
      type: 'object',
      properties: {
        auth_token: secretField(
          'The account’s auth token: it signs in to the API and verifies webhooks.',
        ),
      },
      required: ['auth_token'],
      additionalProperties: false,
    };
  }

  protected override conflicts(values: FormValues): FormFault[] {
    return baseFaults(values);
  }

  make({ key, callsPerSecond, ...values }: AccountParts): CarrierAccount {
    const format = textOf(values, 'media_format');
    const account: PlivoAccount = {
      apiBaseUrl: baseOf(values) ?? this.dialect.apiBaseUrl,
      authId: textOf(values, 'auth_id') ?? '',
      authToken: values.secrets['auth_token'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      mediaFormat: MEDIA_FORMATS.find((one) => one === format) ?? MEDIA_FORMAT,
      acceptsV2: values.settings['signature_v2'] === true,
      callsPerSecond,
    };
    return this.build(account, key);
  }
}

function settingsOf({ label, authId, trustsV2 }: PlivoDialect): FormSchema {
  return {
    type: 'object',
    properties: {
      auth_id: {
        type: 'string',
        pattern: authId.form.source,
        maxLength: 64,
        description: `The account’s auth ID at ${label}: ${authId.words}. It stays with the account’s key.`,
      },
      from_numbers: numbersField(
        'The account’s numbers in E.164; the first is the default caller.',
      ),
      media_format: {
        type: 'string',
        enum: [...MEDIA_FORMATS],
        default: MEDIA_FORMAT,
        description:
          'The audio of a media stream: mulaw (8 kHz, as on the telephone), l16-8k or l16-16k (16-bit samples).',
      },
      ...(trustsV2
        ? {}
        : {
            signature_v2: {
              type: 'boolean',
              default: false,
              description:
                'Also accept requests that have only the older signature (V2). It does not cover what a request says, so leave it off unless webhooks are refused without it.',
            },
          }),
      api_base_url: {
        type: 'string',
        maxLength: 500,
        description: `Another base for the API, with its version. Left empty: ${label}’s own.`,
      },
    },
    required: ['auth_id', 'from_numbers'],
    additionalProperties: false,
  };
}

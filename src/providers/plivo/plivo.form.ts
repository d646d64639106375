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
  type FormSchema,
} from '../account-form.js';
import type { CarrierAccount } from '../carrier-account.js';
import type { PlivoDialect } from './dialect.js';
import { MEDIA_FORMATS, type PlivoAccount } from './plivo.settings.js';

const [MEDIA_FORMAT] = MEDIA_FORMATS;

/** How an account at Plivo is entered, or at a carrier that speaks its protocol. */
export class PlivoForm extends FormOf<PlivoAccount> {
  readonly settingsSchema: FormSchema;
  readonly secretsSchema: FormSchema;

  constructor(
    private readonly dialect: PlivoDialect,
    build: (account: PlivoAccount, key: string) => CarrierAccount,
  ) {
    super(build);
    this.settingsSchema = settingsOf(dialect);
    this.secretsSchema = schemaOf(
      {
        auth_token: secretField(
          'The account’s auth token: it signs in to the API and verifies webhooks.',
        ),
      },
      ['auth_token'],
    );
  }

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): PlivoAccount {
    const format = textOf(values, 'media_format');
    return {
      apiBaseUrl: baseOf(values) ?? this.dialect.apiBaseUrl,
      authId: textOf(values, 'auth_id') ?? '',
      authToken: values.secrets['auth_token'] ?? '',
      fromNumbers: textsOf(values, 'from_numbers'),
      mediaFormat: MEDIA_FORMATS.find((one) => one === format) ?? MEDIA_FORMAT,
      acceptsV2: values.settings['signature_v2'] === true,
      callsPerSecond,
    };
  }
}

function settingsOf({ label, authId, trustsV2 }: PlivoDialect): FormSchema {
  return schemaOf(
    {
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
      api_base_url: baseField(
        `Another base for the API, with its version. Left empty: ${label}’s own.`,
      ),
    },
    ['auth_id', 'from_numbers'],
  );
}

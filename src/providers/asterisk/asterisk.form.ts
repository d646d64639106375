import { collectorUrl } from '../../config/url-kinds.js';
import {
  FormOf,
  numbersField,
  schemaOf,
  secretField,
  textOf,
  textsOf,
  type AccountValues,
  type FormFault,
  type FormValues,
} from '../account-form.js';
import { MEDIA_FORMATS, REFER_TO, type AsteriskAccount } from './asterisk.settings.js';

const APP = 'patchbay';
const DIAL = 'PJSIP/{number}';
const [MEDIA_FORMAT] = MEDIA_FORMATS;

const SETTINGS = schemaOf(
  {
    ari_url: {
      type: 'string',
      maxLength: 500,
      description:
        'The ARI of an Asterisk (22.8 or later), such as http://10.0.0.5:8088/ari. The password is sent to it, so plain http belongs into a private network only.',
    },
    username: {
      type: 'string',
      pattern: '^[A-Za-z0-9._-]{1,80}$',
      maxLength: 80,
      description: 'The user in ari.conf as whom we sign in.',
    },
    from_numbers: numbersField(
      'The numbers in E.164 that lead to this Asterisk; the first is the default caller.',
    ),
    app: {
      type: 'string',
      pattern: '^[A-Za-z0-9_]{1,40}$',
      maxLength: 40,
      default: APP,
      description:
        'The name of the Stasis application in the dialplan, and of the client in websocket_client.conf. Two accounts at one Asterisk need two.',
    },
    dial: {
      type: 'string',
      pattern: '^[A-Za-z0-9]+/[\\x21-\\x7e]+$',
      maxLength: 200,
      default: DIAL,
      description:
        'How a number is dialled, such as PJSIP/{number}@trunk. {number} stands for the number with its plus, {digits} for the number without.',
    },
    refer_to: {
      type: 'string',
      pattern: REFER_TO.source,
      maxLength: 200,
      description:
        'Blind transfers by SIP REFER: the address to which the caller is sent, such as sip:{number}@sip.example.com. Absent: Asterisk calls the person, and connects the two in a bridge.',
    },
    media_format: {
      type: 'string',
      enum: [...MEDIA_FORMATS],
      default: MEDIA_FORMAT,
      description: 'The audio between Asterisk and Patchbay: ulaw (8 kHz) or slin16 (16 kHz).',
    },
  },
  ['ari_url', 'username', 'from_numbers'],
);

const SECRETS = schemaOf({ password: secretField('That user’s password.', 8) }, ['password']);

/** How an Asterisk is entered. */
export class AsteriskForm extends FormOf<AsteriskAccount> {
  readonly settingsSchema = SETTINGS;
  readonly secretsSchema = SECRETS;
  override readonly callsPerSecond = 10;

  protected override conflicts(values: FormValues): FormFault[] {
    if (collectorUrl.parse(textOf(values, 'ari_url') ?? '').ok) return [];
    const message = 'must be an http or https URL without query, fragment or user name';
    return [{ field: 'settings.ari_url', message }];
  }

  protected override accountOf({ callsPerSecond, ...values }: AccountValues): AsteriskAccount {
    const url = collectorUrl.parse(textOf(values, 'ari_url') ?? '');
    const format = textOf(values, 'media_format');
    return {
      ariUrl: url.ok ? url.value : '',
      username: textOf(values, 'username') ?? '',
      password: values.secrets['password'] ?? '',
      app: textOf(values, 'app') ?? APP,
      dial: textOf(values, 'dial') ?? DIAL,
      referTo: textOf(values, 'refer_to') ?? null,
      fromNumbers: textsOf(values, 'from_numbers'),
      mediaFormat: MEDIA_FORMATS.find((one) => one === format) ?? MEDIA_FORMAT,
      callsPerSecond,
    };
  }
}

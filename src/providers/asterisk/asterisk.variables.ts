import { decimal, matching, oneOf, secret } from '../../config/kinds.js';
import { phoneNumbers } from '../../config/phone-kinds.js';
import { allOrNone, idleSettings, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { collectorUrl } from '../../config/url-kinds.js';
import { MEDIA_FORMATS, REFER_TO, type AsteriskAccount } from './asterisk.settings.js';

/**
 * The variables of the environment for an Asterisk; {@link AsteriskVariables.account} makes an
 * account of them.
 */
export class AsteriskVariables extends section('Asterisk', {
  /** No trailing slash. Plain http is usual inside a private network. */
  ariUrl: setting('ASTERISK_ARI_URL', {
    kind: {
      ...collectorUrl,
      expected: 'an http or https URL without query, fragment or user name',
    },
    description:
      'The ARI of an Asterisk (22.8 or later), whose calls come and go through it; goes together with ASTERISK_ARI_USERNAME, ASTERISK_ARI_PASSWORD and ASTERISK_FROM_NUMBERS. The password is sent to it, so plain http belongs into a private network only.',
    absent: 'no Asterisk is used',
    example: 'http://127.0.0.1:8088/ari',
  }),
  username: setting('ASTERISK_ARI_USERNAME', {
    kind: matching(/^[A-Za-z0-9._-]{1,80}$/, 'the name of a user in ari.conf'),
    description:
      "The user in ari.conf as whom we sign in; Asterisk signs in as the same user where it opens the call's audio to us.",
  }),
  password: setting('ASTERISK_ARI_PASSWORD', {
    kind: secret(8),
    description: "That user's password.",
  }),
  app: setting('ASTERISK_APP', {
    kind: matching(/^[A-Za-z0-9_]{1,40}$/, 'letters, digits and underscores, at most 40'),
    default: 'patchbay',
    description:
      'The name of our Stasis application in the dialplan, and of the client in websocket_client.conf. Each installation that uses the same Asterisk needs a name of its own.',
  }),
  dial: setting('ASTERISK_DIAL', {
    kind: matching(
      /^[A-Za-z0-9]+\/[\x21-\x7e]+$/,
      'a channel to dial, such as PJSIP/{number}@trunk, without spaces',
    ),
    default: 'PJSIP/{number}',
    description:
      'How a number is dialled, such as PJSIP/{number}@trunk. {number} stands for the number with its plus, {digits} for the number without.',
  }),
  referTo: setting('ASTERISK_REFER_TO', {
    kind: matching(REFER_TO, 'a SIP address such as sip:{number}@sip.example.com'),
    description:
      'Blind transfers by SIP REFER: the address to which the caller’s phone or trunk is sent, such as sip:{number}@sip.example.com, with {number} and {digits} as in ASTERISK_DIAL. It needs a context in the dialplan.',
    absent: 'Asterisk calls the person, and connects the two in a bridge',
    example: 'sip:{number}@sip.example.com',
  }),
  fromNumbers: setting('ASTERISK_FROM_NUMBERS', {
    kind: phoneNumbers,
    description: 'The numbers that lead to this Asterisk; the first is the default caller.',
  }),
  mediaFormat: setting('ASTERISK_MEDIA_FORMAT', {
    kind: oneOf(MEDIA_FORMATS),
    default: 'ulaw',
    description:
      'The audio between Asterisk and Patchbay: ulaw (8 kHz, 8 kB/s each way) or slin16 (16 kHz, 32 kB/s each way). Asterisk converts it to whatever the phone speaks.',
  }),
  callsPerSecond: setting('ASTERISK_CALLS_PER_SECOND', {
    kind: decimal(0.1, 1000),
    default: 10,
    description: 'Dials per second that Asterisk and its trunks may be asked for; more are queued.',
  }),
}) {
  /** Whether any part of an account is configured. */
  static isNamed(look: Look): boolean {
    return this.group().some((one) => look.has(one));
  }

  /** It reaches us in the private network, so it never needs a public address. */
  static isLocal(): boolean {
    return true;
  }

  static override conflicts(look: Look): SettingsProblem[] {
    return allOrNone(look, this.group());
  }

  static override idle(look: Look): SettingsWarning[] {
    const { ariUrl, app, dial, referTo, mediaFormat, callsPerSecond } = this.fields;
    if (look.has(ariUrl)) return [];
    return idleSettings(
      look,
      [app, dial, referTo, mediaFormat, callsPerSecond],
      `without ${ariUrl.name}`,
    );
  }

  private static group() {
    const { ariUrl, username, password, fromNumbers } = this.fields;
    return [ariUrl, username, password, fromNumbers];
  }

  /** Null while none is configured. */
  account(): AsteriskAccount | null {
    const { ariUrl, username, password, fromNumbers } = this;
    if (ariUrl === null || username === null || password === null || fromNumbers === null) {
      return null;
    }
    const { app, dial, referTo, mediaFormat, callsPerSecond } = this;
    const signIn = { ariUrl, username, password };
    return { ...signIn, fromNumbers, app, dial, referTo, mediaFormat, callsPerSecond };
  }
}

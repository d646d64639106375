import { wholeNumber } from '../../config/kinds.js';
import { idleSettings, problem, section, type Look } from '../../config/section.js';
import { setting } from '../../config/setting.js';
import type { SettingsProblem } from '../../config/settings-error.js';
import type { SettingsWarning } from '../../config/unknown-variables.js';
import { mailAddress, mailAddresses, smtpUrl, webhookUrl } from './alert-kinds.js';

/** To whom it is told when a check of the doctor turns down, and when it is back. */
export class AlertSettings extends section('Alerts', {
  webhookUrl: setting('ALERTS_WEBHOOK_URL', {
    kind: webhookUrl,
    description:
      'Where a message is posted when a check of the doctor turns down and when it is back: an incoming webhook of Slack, Mattermost or another chat that takes `{"text": …}`.',
    absent: 'no such messages',
    example: 'https://chat.example.com/hooks/…',
  }),
  emailTo: setting('ALERTS_EMAIL_TO', {
    kind: mailAddresses,
    default: [],
    description: 'Who is mailed the same, by SMTP_URL; addresses separated by commas.',
    example: 'ops@example.com',
  }),
  emailFrom: setting('ALERTS_EMAIL_FROM', {
    kind: mailAddress,
    description: 'The sender of these mails.',
    absent: 'the first address of ALERTS_EMAIL_TO',
    example: 'patchbay@example.com',
  }),
  smtp: setting('SMTP_URL', {
    kind: smtpUrl,
    description:
      'The mail server for ALERTS_EMAIL_TO. Port 587 with STARTTLS, or smtps:// on 465; the certificate is checked, but for a server on this machine, or in a private network without a password.',
    example: 'smtps://user:password@mail.example.com',
  }),
  everySeconds: setting('ALERTS_EVERY_SECONDS', {
    kind: wholeNumber(10, 3_600),
    default: 60,
    description:
      'How often the quick checks run for these messages, in seconds, at one instance for all. What is down in two rounds in a row is told.',
  }),
  quietSeconds: setting('ALERTS_QUIET_SECONDS', {
    kind: wholeNumber(0, 86_400),
    default: 900,
    description:
      'A check that was told to be down and came back is not told down again before this time is over, in seconds; if it is down then, it is told.',
  }),
}) {
  static override conflicts(look: Look): SettingsProblem[] {
    const { emailTo, smtp } = AlertSettings.fields;
    return look.has(emailTo) && !look.has(smtp)
      ? [problem(smtp, `must be set too, since ${emailTo.name} is: ${smtp.kind.expected}`)]
      : [];
  }

  static override idle(look: Look): SettingsWarning[] {
    const {
      webhookUrl: url,
      emailTo,
      emailFrom,
      smtp,
      everySeconds,
      quietSeconds,
    } = AlertSettings.fields;
    return [
      ...(look.has(emailTo)
        ? []
        : idleSettings(look, [emailFrom, smtp], `without ${emailTo.name}`)),
      ...(look.has(emailTo) || look.has(url)
        ? []
        : idleSettings(
            look,
            [everySeconds, quietSeconds],
            `without ${url.name} or ${emailTo.name}`,
          )),
    ];
  }
}

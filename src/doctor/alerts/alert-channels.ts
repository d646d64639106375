import { Injectable } from '@nestjs/common';
import type { AlertChannel } from './alert-channel.js';
import { AlertSettings } from './alerts.variables.js';
import { EmailChannel } from './email.channel.js';
import { WebhookChannel } from './webhook.channel.js';

/** The ways to tell people that are set. None: nobody is told. */
@Injectable()
export class AlertChannels {
  readonly list: readonly AlertChannel[];

  constructor({ webhookUrl, emailTo, emailFrom, smtp }: AlertSettings) {
    const [first] = emailTo;
    this.list = [
      ...(webhookUrl === null ? [] : [new WebhookChannel(webhookUrl)]),
      ...(smtp === null || first === undefined
        ? []
        : [new EmailChannel({ server: smtp, from: emailFrom ?? first, to: emailTo })]),
    ];
  }
}

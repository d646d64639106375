import { createTransport, type Transporter } from 'nodemailer';
import { LATE, within } from '../../shared/within.js';
import { AlertChannel, type Told } from './alert-channel.js';
import type { AlertMessage } from './alert-book.js';
import type { SmtpServer } from './alert-kinds.js';
import type { AlertText } from './alert-text.js';
import { smtpProblem } from './smtp-problem.js';

const ANSWER_MS = 10_000;
const LIMIT_MS = 25_000;

export interface Mailing {
  server: SmtpServer;
  from: string;
  to: readonly string[];
}

/** Mails by an SMTP server of the operator's. */
export class EmailChannel extends AlertChannel {
  readonly name = 'email';
  readonly to: string;

  constructor(private readonly mailing: Mailing) {
    super();
    this.to = mailing.to.join(', ');
  }

  async send(message: AlertMessage, text: AlertText, stopping: AbortSignal): Promise<Told> {
    const { from, to, server } = this.mailing;
    // One connection for each message: they are rare, and nothing stays open in between.
    const transport = createTransport(optionsFor(server));
    const ended = new AbortController();
    const stopped = new Promise<Told>((resolve) => {
      const stop = (): void => resolve(failed('this instance is stopping'));
      stopping.addEventListener('abort', stop, { signal: ended.signal });
      if (stopping.aborted) stop();
    });
    try {
      const work = this.mail(transport, { from, to, message, text });
      const told = await within(LIMIT_MS, Promise.race([work, stopped]));
      return told === LATE ? failed('the mail server does not answer in time') : told;
    } finally {
      ended.abort();
      transport.close();
    }
  }

  private async mail(
    transport: Transporter,
    {
      from,
      to,
      message,
      text,
    }: Omit<Mailing, 'server'> & { message: AlertMessage; text: AlertText },
  ): Promise<Told> {
    try {
      const { rejected = [] } = await transport.sendMail({
        from: { name: 'Patchbay', address: from },
        to: [...to],
        subject: text.subject,
        text: text.body,
        messageId: `<${message.id}@patchbay.invalid>`,
        date: new Date(message.at),
        // RFC 3834: no answers by machines, please.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const refused = rejected.length;
      return {
        delivered: true,
        problem:
          refused === 0 ? null : `the mail server refuses ${refused} of ${to.length} addresses`,
      };
    } catch (error) {
      return failed(smtpProblem(error));
    }
  }
}

/** See SMTP_URL: who asks for a password or is far away is believed only by certificate. */
function optionsFor({ host, port, implicitTls, user, password, distance }: SmtpServer) {
  const trusted = distance === 'here' || (distance === 'private' && user === null);
  return {
    host,
    port,
    secure: implicitTls,
    requireTLS: !implicitTls && !trusted,
    opportunisticTLS: trusted,
    tls: { rejectUnauthorized: !trusted },
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
    connectionTimeout: ANSWER_MS,
    greetingTimeout: ANSWER_MS,
    socketTimeout: ANSWER_MS,
    dnsTimeout: ANSWER_MS,
    logger: false,
  };
}

const failed = (problem: string): Told => ({ delivered: false, problem });

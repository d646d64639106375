import { sendEvent } from '../../calls/events-out/send-event.js';
import { AlertChannel, type Told } from './alert-channel.js';
import type { AlertMessage } from './alert-book.js';
import type { AlertText } from './alert-text.js';

const HEADERS = { 'Content-Type': 'application/json', 'User-Agent': 'Patchbay' };

/**
 * Posts to an incoming webhook as Slack has them, and Mattermost, Rocket.Chat, Discord (`/slack`)
 * and others after it: they show `text`, and programs may read `patchbay`.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export class WebhookChannel extends AlertChannel {
  readonly name = 'webhook';
  readonly to: string;
  private readonly trustedHosts: readonly string[];

  constructor(private readonly url: string) {
    super();
    const { host, hostname } = new URL(url);
    this.to = host;
    // The operator chose it, so it may be private; plain http is refused when the setting is read.
    this.trustedHosts = [hostname.replace(/^\[(.*)\]$/, '$1')];
  }

  async send(message: AlertMessage, text: AlertText, stopping: AbortSignal): Promise<Told> {
    const body = JSON.stringify(payloadOf(message, text));
    const sent = await sendEvent(this.url, HEADERS, body, this.trustedHosts, stopping);
    if (sent.failure === null) return { delivered: true, problem: null };
    const { status, failure } = sent;
    return { delivered: false, problem: status === null ? failure.error : repliedWith(status) };
  }
}

function payloadOf({ id, at, kind, news, simulated, instance }: AlertMessage, text: AlertText) {
  return {
    text: `*${escaped(text.subject)}*\n${escaped(text.body)}`,
    patchbay: {
      id,
      kind,
      at: new Date(at).toISOString(),
      instance,
      simulated,
      checks: news.map(({ change, check, title, seen, fix, since }) => {
        return { change, check, title, seen, fix, since: new Date(since).toISOString() };
      }),
    },
  };
}

/** The three characters that have a meaning in Slack's text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function repliedWith(status: number): string {
  if (status >= 300 && status < 400) {
    return `the webhook answers ${status}: it redirects, and redirects are not followed`;
  }
  if ([401, 403, 404, 410].includes(status)) {
    return `the webhook answers ${status}: it is gone, or its URL is wrong`;
  }
  return `the webhook answers ${status}`;
}

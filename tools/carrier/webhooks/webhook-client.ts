import { randomUUID } from 'node:crypto';
import { encodeForm } from '../form-fields.js';
import type { Network } from '../network.js';
import { pause } from '../pause.js';
import {
  signWebhook,
  urlAsSigned,
  withoutFragment,
  withUnescapedQuery,
} from '../signing/signature.js';
import type { AttemptFailure, HttpReply } from './attempt.js';
import { attempt } from './attempt.js';
import type { ConnectionOverrides } from './connection-overrides.js';
import { readOverrides, retries } from './connection-overrides.js';
import type { Delivery, Webhook, WebhookRecord } from './webhook.js';

const MAX_REDIRECTS = 10;

export interface WebhookClientOptions {
  authToken: string;
  /** `X-Home-Region`. */
  homeRegion: string;
  /** Signs `'`, `@` and `:` of a query unescaped, as Twilio has been seen to do. */
  signsUnescapedQuery: boolean;
  /** The pause between two attempts, in milliseconds; Twilio documents none. */
  retryPauseMs: number;
  /** What is wrong with a webhook's URL. */
  onProblem: (webhook: Webhook, code: number, message: string) => void;
}

/** A request of a webhook. Redirects cause further ones. */
interface Hop {
  method: 'GET' | 'POST';
  url: string;
  /** Whether the request carries the webhook's fields. */
  withFields: boolean;
  authorization: string | null;
}

/** Sends webhooks as Twilio does: signed, retried and redirected by its rules. Never rejects. */
export class WebhookClient {
  constructor(
    private readonly network: Network,
    private readonly options: WebhookClientOptions,
    private readonly stopping: AbortSignal,
  ) {}

  async send(webhook: Webhook): Promise<Delivery> {
    const { overrides, problems } = readOverrides(webhook.url);
    for (const problem of problems) this.options.onProblem(webhook, 11_100, problem);
    const started = performance.now();
    const record: WebhookRecord = {
      ...webhook,
      at: new Date(),
      attempts: [],
      status: null,
      latencyMs: 0,
      body: '',
      dropped: false,
    };
    if (!URL.canParse(webhook.url)) {
      return { kind: 'failed', record, code: 11_100, message: `malformed URL ${webhook.url}` };
    }
    const outcome = await this.follow(webhook, record, overrides, started);
    record.latencyMs = performance.now() - started;
    return outcome;
  }

  /** Follows redirects and one challenge for credentials to the final reply. */
  private async follow(
    webhook: Webhook,
    record: WebhookRecord,
    overrides: ConnectionOverrides,
    started: number,
  ): Promise<Delivery> {
    let hop: Hop = {
      method: webhook.method,
      url: webhook.url,
      withFields: true,
      authorization: null,
    };
    for (let redirects = 0; redirects <= MAX_REDIRECTS;) {
      const result = await this.tryRepeatedly(hop, webhook, record, overrides, started);
      if (result.kind === 'failed') {
        return { kind: 'failed', record, code: result.code, message: result.message };
      }
      const challenged = this.answerChallenge(hop, result);
      if (challenged) {
        hop = challenged;
        continue;
      }
      const { location } = result.headers;
      if (![301, 302, 307].includes(result.status) || location === undefined) {
        record.status = result.status;
        record.body = result.body.toString('utf8');
        return { kind: 'reply', record, reply: result, url: hop.url };
      }
      redirects++;
      if (!URL.canParse(location, withoutFragment(hop.url))) {
        return { kind: 'failed', record, code: 11_100, message: `cannot follow ${location}` };
      }
      // 307 repeats the request; 301 and 302 turn it into a plain GET. Which URL
      // Twilio then signs is not documented; here it is the new one.
      const url = new URL(location, withoutFragment(hop.url)).href;
      hop =
        result.status === 307
          ? { ...hop, url }
          : { method: 'GET', url, withFields: false, authorization: null };
    }
    return {
      kind: 'failed',
      record,
      code: 11_215,
      message: `more than ${MAX_REDIRECTS} redirects`,
    };
  }

  private async tryRepeatedly(
    hop: Hop,
    webhook: Webhook,
    record: WebhookRecord,
    overrides: ConnectionOverrides,
    started: number,
  ): Promise<HttpReply | AttemptFailure> {
    for (let repeats = 0; ; repeats++) {
      const result = await this.tryOnce(hop, webhook, record, overrides, started);
      if (repeats >= overrides.retries || !isRetried(result, overrides)) return result;
      await pause(this.options.retryPauseMs, this.stopping);
      if (performance.now() - started >= overrides.totalTimeoutMs) return result;
      if (this.stopping.aborted) return result;
    }
  }

  private async tryOnce(
    hop: Hop,
    webhook: Webhook,
    record: WebhookRecord,
    overrides: ConnectionOverrides,
    started: number,
  ): Promise<HttpReply | AttemptFailure> {
    const bare = withoutFragment(hop.url);
    const form = hop.withFields ? encodeForm(webhook.fields) : '';
    const posted = hop.method === 'POST';
    const url = posted || form === '' ? bare : bare + (bare.includes('?') ? '&' : '?') + form;
    const begun = performance.now();
    const at = new Date();
    const result = await attempt({
      route: this.network.route(url),
      method: hop.method,
      headers: {
        'User-Agent': 'TwilioProxy/1.1',
        Accept: '*/*',
        'Accept-Encoding': 'gzip',
        'X-Home-Region': this.options.homeRegion,
        'I-Twilio-Idempotency-Token': randomUUID(),
        'X-Twilio-Signature': this.sign(url, posted && hop.withFields ? webhook.fields : []),
        ...(hop.authorization === null ? {} : { Authorization: hop.authorization }),
        ...(posted
          ? {
              'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
              'Content-Length': String(Buffer.byteLength(form)),
            }
          : {}),
      },
      body: posted ? form : null,
      connectTimeoutMs: overrides.connectTimeoutMs,
      readTimeoutMs: overrides.readTimeoutMs,
      remainingMs: Math.max(0, overrides.totalTimeoutMs - (begun - started)),
      signal: this.stopping,
    });
    record.attempts.push({
      at,
      url: bare,
      status: result.kind === 'reply' ? result.status : null,
      errorCode: result.kind === 'failed' ? result.code : null,
      message: result.kind === 'failed' ? result.message : null,
      latencyMs: performance.now() - begun,
    });
    return result;
  }

  private sign(url: string, fields: Webhook['fields']): string {
    const signed = urlAsSigned(url);
    return signWebhook(
      this.options.signsUnescapedQuery ? withUnescapedQuery(signed) : signed,
      fields,
      this.options.authToken,
    );
  }

  /** Credentials in a URL are sent only after a 401 that asks for them (Basic; Digest is not simulated). */
  private answerChallenge(hop: Hop, reply: HttpReply): Hop | null {
    const { username, password } = new URL(hop.url);
    const asked = /^basic/i.test(reply.headers['www-authenticate'] ?? '');
    if (reply.status !== 401 || !asked || !username || hop.authorization !== null) return null;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { ...hop, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  }
}

function isRetried(result: HttpReply | AttemptFailure, overrides: ConnectionOverrides): boolean {
  if (result.kind === 'reply') {
    if (result.status >= 500) return retries(overrides, '5xx');
    return result.status >= 400 && retries(overrides, '4xx');
  }
  if (result.cause === 'never') return false;
  return result.cause === null ? overrides.retryOn.has('all') : retries(overrides, result.cause);
}

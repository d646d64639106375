import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { queryText, signedToken, type Signature } from './signing.js';
import type { Delivery, Doubts } from './vonage-options.js';

/** One request of the carrier's, so that it can be sent again. */
export interface Sent {
  status: string;
  url: string;
  body: string;
  reply: number;
}

export interface HttpReply {
  /** 0: nobody listens. */
  status: number;
  type: string;
  text: string;
}

/** One attempt is repeated once after these, and never after another refusal. */
const REPEATED_AFTER = new Set([0, 429, 503, 504]);

/** Sends the carrier's signed requests. */
export class VonageWebhooks {
  readonly sent: Sent[] = [];
  delivery: Delivery = {
    doubled: false,
    lateMs: () => 0,
    isLost: () => false,
    completedFirst: false,
  };
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gateway: { origin: string; url: string } | null,
    readonly signature: Signature,
    private readonly doubts: Doubts,
    private readonly violate: (what: string) => void,
  ) {}

  /** Events are sent one after the other, but for those that are late. */
  tell(status: string, payload: object, url: string): void {
    const { doubled, lateMs, isLost } = this.delivery;
    if (isLost(status)) return;
    const body = JSON.stringify(payload);
    const pause = lateMs(status);
    const send = async (): Promise<void> => {
      const jti = randomUUID();
      for (const _ of doubled ? [1, 2] : [1]) await this.event(status, url, body, this.again(jti));
    };
    if (pause > 0) void sleep(pause).then(send);
    else this.queue = this.queue.then(send);
  }

  /** Of a synchronous event the reply may be an instruction; null: it is none. */
  async ask(status: string, payload: object, url: string): Promise<HttpReply | null> {
    if (this.delivery.isLost(status)) return null;
    const body = JSON.stringify(payload);
    const jti = randomUUID();
    const reply = await this.event(status, url, body, this.again(jti));
    if (this.delivery.doubled) await this.event(status, url, body, this.again(jti));
    return reply;
  }

  /** Asks for instructions, once more where nobody is there. */
  async question(
    url: string,
    method: 'GET' | 'POST',
    fields: Readonly<Record<string, string>>,
  ): Promise<HttpReply> {
    const jti = randomUUID();
    let reply = await this.questionOnce(url, method, fields, this.again(jti));
    if (REPEATED_AFTER.has(reply.status)) {
      await sleep(100);
      reply = await this.questionOnce(url, method, fields, this.again(jti));
    }
    return reply;
  }

  /** Resolves with the reply; `headers` may hold any signature. */
  async send(
    url: string,
    body: string | null,
    headers: Record<string, string>,
  ): Promise<HttpReply> {
    if (!this.gateway) return { status: 0, type: '', text: '' };
    if (!url.startsWith(this.gateway.origin)) {
      this.violate(`no way to ${url}`);
      return { status: 0, type: '', text: '' };
    }
    try {
      const reply = await fetch(url.replace(this.gateway.origin, this.gateway.url), {
        method: body === null ? 'GET' : 'POST',
        headers: {
          ...(body === null ? {} : { 'Content-Type': 'application/json' }),
          Connection: 'close',
          ...headers,
        },
        body,
      });
      const type = reply.headers.get('content-type') ?? '';
      return { status: reply.status, type, text: await reply.text() };
    } catch {
      return { status: 0, type: '', text: '' };
    }
  }

  signed(payload: string | null, jti?: string, seconds?: number): Record<string, string> {
    const content = {
      payload,
      ...(jti === undefined ? {} : { jti }),
      ...(seconds === undefined ? {} : { seconds }),
    };
    return { Authorization: `Bearer ${signedToken(this.signature, content)}` };
  }

  /** Resolves when what was told so far has been sent, late events aside. */
  async idle(): Promise<void> {
    await this.queue;
  }

  private again(jti: string): string {
    return this.doubts.repeats === 'same-token' ? jti : randomUUID();
  }

  private async event(status: string, url: string, body: string, jti: string): Promise<HttpReply> {
    const reply = await this.send(url, body, this.signed(body, jti));
    this.sent.push({ status, url, body, reply: reply.status });
    if (reply.status !== 200 && this.gateway) {
      this.violate(`${status} was answered with ${reply.status}`);
    }
    return reply;
  }

  private questionOnce(
    url: string,
    method: 'GET' | 'POST',
    fields: Readonly<Record<string, string>>,
    jti: string,
  ): Promise<HttpReply> {
    if (method === 'POST') {
      const body = JSON.stringify(fields);
      return this.send(url, body, this.signed(body, jti));
    }
    const text = queryText(fields, this.doubts.hashText === 'escaped');
    const asked = `${url}?${new URLSearchParams(fields).toString()}`;
    return this.send(asked, null, this.signed(text, jti));
  }
}

import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from './telnyx-options.js';

/** One delivery, so that it can be sent again. */
export interface Sent {
  type: string;
  url: string;
  body: string;
  status: number;
}

/** A key as Telnyx shows it: base64 of 32 bytes. */
export interface TelnyxKey {
  publicKey: string;
  privateKey: KeyObject;
}

export function newKey(): TelnyxKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: bytes.toString('base64'), privateKey };
}

export function signedHeaders(
  { privateKey }: TelnyxKey,
  body: string,
  seconds = Math.floor(Date.now() / 1000),
): Record<string, string> {
  const signature = sign(null, Buffer.from(`${seconds}|${body}`), privateKey).toString('base64');
  return { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': String(seconds) };
}

export function eventBody(type: string, payload: object, deliveredTo: string): string {
  return JSON.stringify({
    data: {
      event_type: type,
      id: randomUUID(),
      occurred_at: new Date().toISOString(),
      payload,
      record_type: 'event',
    },
    meta: { attempt: 1, delivered_to: deliveredTo },
  });
}

/** Sends the carrier's signed events. A reply that is no 200 is a violation, as Telnyx would go to a failover URL. */
export class TelnyxWebhooks {
  readonly key = newKey();
  readonly sent: Sent[] = [];
  delivery: Delivery = {
    doubled: false,
    lateMs: () => 0,
    isLost: () => false,
    underscores: false,
  };
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly gateway: { origin: string; url: string } | null,
    private readonly violate: (what: string) => void,
  ) {}

  /** Events are sent one after the other, but for those that are late. */
  tell(type: string, payload: object, url: string): void {
    const { doubled, lateMs, isLost, underscores } = this.delivery;
    if (isLost(type)) return;
    const name = underscores ? type.replaceAll('.', '_') : type;
    const body = eventBody(name, payload, url);
    const pause = lateMs(type);
    const send = async (): Promise<void> => {
      for (const _ of doubled ? [1, 2] : [1]) await this.deliver(type, url, body);
    };
    if (pause > 0) void sleep(pause).then(send);
    else this.queue = this.queue.then(send);
  }

  /** Resolves with the status of the reply; 0: nobody listens. */
  async send(url: string, body: string, headers: Record<string, string>): Promise<number> {
    if (!this.gateway) return 0;
    if (!url.startsWith(this.gateway.origin)) {
      this.violate(`no way to ${url}`);
      return 0;
    }
    try {
      const reply = await fetch(url.replace(this.gateway.origin, this.gateway.url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Connection: 'close', ...headers },
        body,
      });
      await reply.arrayBuffer();
      return reply.status;
    } catch {
      return 0;
    }
  }

  /** Resolves when what was told so far has been sent, late events aside. */
  async idle(): Promise<void> {
    await this.queue;
  }

  private async deliver(type: string, url: string, body: string): Promise<void> {
    const status = await this.send(url, body, signedHeaders(this.key, body));
    this.sent.push({ type, url, body, status });
    if (status !== 200 && this.gateway) this.violate(`${type} was answered with ${status}`);
  }
}

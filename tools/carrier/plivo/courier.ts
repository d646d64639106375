import { encodeForm } from '../form-fields.js';
import type { Delivery, Doubts, ExchangeOptions } from './exchange-options.js';

export interface SentRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

export interface GotReply {
  status: number;
  contentType: string | null;
  text: string;
}

/** Brings the carrier's requests to the gateway: signed, and as often and in the order that is wanted. */
export class Courier {
  delivery: Delivery = 'once';
  /** The last callback or question that was sent. */
  last: SentRequest | null = null;
  /** Statuses of the replies to callbacks. */
  readonly replies: number[] = [];
  private held: SentRequest[] = [];

  constructor(
    private readonly options: ExchangeOptions,
    private readonly doubts: Doubts,
    private readonly violation: (text: string) => void,
  ) {}

  /** A question, whose reply instructs. */
  ask(url: string, fields: Record<string, string>): Promise<GotReply> {
    return this.send(this.signed(url, fields));
  }

  /** A callback, which is acknowledged. */
  async tell(url: string, fields: Record<string, string>): Promise<void> {
    const { delivery } = this;
    if (delivery === 'lost') return;
    const request = this.signed(url, fields);
    if (delivery === 'held') {
      this.held.push(request);
      return;
    }
    await this.deliver(request);
    if (delivery === 'doubled') await this.deliver(this.signed(url, fields));
  }

  /** Delivers what was kept back, the last first. */
  async release(): Promise<void> {
    for (const request of this.held.splice(0).reverse()) await this.deliver(request);
  }

  signed(url: string, fields: Record<string, string>): SentRequest {
    const [address = ''] = url.split('#', 1);
    const { face, authToken } = this.options;
    const pairs = Object.entries(fields);
    const signed = { method: 'POST' as const, url: address, fields: pairs };
    return {
      url: address,
      body: encodeForm(pairs),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        ...face.sign({ ...signed, versions: this.doubts.versions }, authToken),
      },
    };
  }

  /** As it is, whatever it is. */
  async send(request: SentRequest): Promise<GotReply> {
    const { gateway } = this.options;
    this.last = request;
    if (!gateway || !request.url.startsWith(gateway.origin)) {
      throw new Error('there is no way to this address');
    }
    const reply = await fetch(request.url.replace(gateway.origin, gateway.url), {
      method: 'POST',
      headers: { ...request.headers, Connection: 'close' },
      body: request.body,
      redirect: 'manual',
    });
    return {
      status: reply.status,
      contentType: reply.headers.get('content-type'),
      text: await reply.text(),
    };
  }

  private async deliver(request: SentRequest): Promise<void> {
    const { status } = await this.send(request);
    this.replies.push(status);
    if (status !== 200) this.violation(`a callback was answered with ${status}`);
  }
}

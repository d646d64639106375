import { encodeForm } from '../form-fields.js';
import { deliver, type GotReply, type SentRequest } from '../gateway-place.js';
import type { Delivery, Doubts, ExchangeOptions } from './exchange-options.js';

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
      method: 'POST',
      url: address,
      body: encodeForm(pairs),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        ...face.sign({ ...signed, versions: this.doubts.versions }, authToken),
      },
    };
  }

  /** As it is, whatever it is. */
  send(request: SentRequest): Promise<GotReply> {
    this.last = request;
    return deliver(this.options.gateway, request);
  }

  private async deliver(request: SentRequest): Promise<void> {
    const { status } = await this.send(request);
    this.replies.push(status);
    if (status !== 200) this.violation(`a callback was answered with ${status}`);
  }
}

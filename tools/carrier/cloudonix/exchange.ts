import { deliver, localStream, type GotReply, type SentRequest } from '../gateway-place.js';
import { FrameClock } from '../media/frame-clock.js';
import { parseXml, type XmlElement } from '../twiml/xml-tree.js';
import { CloudonixCall, type Ending } from './cloudonix-call.js';
import { USUAL, type CloudonixOptions, type Doubts } from './cloudonix-options.js';
import { CloudonixSocket } from './media-socket.js';
import { questionOf, updateOf } from './requests.js';

/** The sessions of a simulated Cloudonix. Nothing happens to one by itself but that its program goes on after a stream. */
export class CloudonixExchange {
  readonly calls: CloudonixCall[] = [];
  /** What a gateway did that no page of Cloudonix's has. */
  readonly violations: string[] = [];
  /** What becomes of what a session is told by, on its way. */
  delivery: 'once' | 'doubled' | 'lost' = 'once';
  /** Statuses of the replies to it. */
  readonly replies: number[] = [];
  /** The last question, and the last of what a session was told by. */
  readonly sent: { question?: SentRequest; update?: SentRequest } = {};
  readonly doubts: Doubts;
  private readonly clock = new FrameClock();

  constructor(
    readonly options: CloudonixOptions,
    doubts: Partial<Doubts>,
  ) {
    this.doubts = { ...USUAL, ...doubts };
  }

  dial(to: string, from: string, url: string, callback: string | null): CloudonixCall {
    const call = new CloudonixCall('outbound-api', from, to, url, callback);
    this.calls.push(call);
    return call;
  }

  /** Somebody calls one of the numbers. Resolves once the stream is open, or the call is over. */
  async callIn(from: string, to: string): Promise<CloudonixCall> {
    const call = new CloudonixCall('inbound', from, to, this.options.applicationUrl, null);
    this.calls.push(call);
    await this.run(call);
    return call;
  }

  async ring(call: CloudonixCall): Promise<void> {
    call.status = 'ringing';
    await this.report(call);
  }

  /** The telephone is picked up, and the call's program runs. */
  async answer(call: CloudonixCall): Promise<void> {
    call.status = 'connected';
    call.answeredAt = Date.now();
    await this.report(call);
    await this.run(call);
  }

  /** Ends a call; `completed` after one that was answered. */
  async end(call: CloudonixCall, ending: Ending = 'completed'): Promise<void> {
    if (call.isOver) return;
    call.status = ending;
    call.endedAt = Date.now();
    for (const stream of call.streams) stream.stop();
    await this.report(call);
  }

  /** Tells how a session stands, once more. */
  async report(call: CloudonixCall): Promise<void> {
    const isTold = call.callback !== null && this.options.gateway !== null;
    if (!isTold || this.delivery === 'lost') return;
    const request = updateOf(call, this.options, call.callback ?? '', this.doubts);
    this.sent.update = request;
    for (let time = 0; time < (this.delivery === 'doubled' ? 2 : 1); time++) {
      const { status } = await this.deliver(request);
      this.replies.push(status);
      if (status !== 200) this.violations.push(`a session was answered with ${status}`);
    }
  }

  /** As it is, whatever it is. */
  deliver(request: SentRequest): Promise<GotReply> {
    return deliver(this.options.gateway, request);
  }

  stop(): void {
    for (const { streams } of this.calls) for (const stream of streams) stream.cut();
    this.clock.stop();
  }

  private async run(call: CloudonixCall): Promise<void> {
    if (call.url === null || this.options.gateway === null) return;
    const request = questionOf(call, this.options, call.url, this.doubts);
    this.sent.question = request;
    const { status, text } = await this.deliver(request);
    const document = status === 200 ? parseXml(text) : { malformed: `HTTP ${status}` };
    if ('malformed' in document || document.name !== 'Response') {
      call.refusals.push(`${status} ${text}`);
      await this.end(call, 'error');
      return;
    }
    await this.follow(call, document.children);
  }

  /** One verb after the other; what follows a stream waits for its end. */
  private async follow(call: CloudonixCall, [verb, ...rest]: readonly XmlElement[]): Promise<void> {
    if (call.isOver) return;
    if (verb?.name === 'Connect') {
      await this.connect(call, verb, () => void this.follow(call, rest));
      return;
    }
    if (verb && verb.name !== 'Hangup') this.violations.push(`the verb ${verb.name}`);
    // A call that was refused before it was taken has never been answered.
    await this.end(call, call.answeredAt === null ? 'cancel' : 'completed');
  }

  private async connect(
    call: CloudonixCall,
    { attributes, children }: XmlElement,
    onClosed: () => void,
  ): Promise<void> {
    const [stream, ...others] = children;
    const url = stream?.attributes['url'] ?? '';
    const strange = [...Object.keys(attributes), ...Object.keys(stream?.attributes ?? {})].filter(
      (name) => !['url', 'name', 'track', 'statusCallback', 'statusCallbackMethod'].includes(name),
    );
    if (stream?.name !== 'Stream' || others.length > 0 || strange.length > 0) {
      this.violations.push(`a <Connect> of ${children.length} with ${strange.join()}`);
    }
    if (!/^wss:\/\/[^?#]+$/.test(url)) this.violations.push('a URL that is no plain wss');
    call.answeredAt ??= Date.now();
    const { gateway, domain } = this.options;
    const short = domain.replace(/\..*/, '');
    const { token, callSid, from, to } = call;
    const socket = new CloudonixSocket(
      { token, callSid, domain: short, from, to },
      this.clock,
      (what) => this.violations.push(what),
      onClosed,
    );
    const status = await socket.open(localStream(gateway, url));
    if (status === 101) {
      call.streams.push(socket);
      return;
    }
    call.refusals.push(String(status));
    onClosed();
  }
}

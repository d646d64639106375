import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { localStream } from '../gateway-place.js';
import { FrameClock } from '../media/frame-clock.js';
import { parseXml, type XmlElement } from '../twiml/xml-tree.js';
import { TelnyxSocket } from './media-socket.js';
import {
  refusal,
  texmlCall,
  type Answer,
  type TexmlCall,
  type TexmlOptions,
  type TexmlPhone,
} from './texml-call.js';
import { newKey, signedHeaders } from './webhooks.js';

const OVER = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);
const DIAL =
  'ApplicationSid,From,StatusCallback,StatusCallbackEvent,StatusCallbackMethod,TimeLimit,Timeout,To,Url,UrlMethod';
const SIP: Readonly<Record<string, string>> = { busy: '486', 'no-answer': '480', failed: '404' };

/** A simulated Telnyx for TeXML applications. Every deviation from its documents is a violation. */
export class TexmlExchange {
  readonly calls: TexmlCall[] = [];
  readonly violations: string[] = [];
  readonly key = newKey();
  /** Whether the reply to a dial has the call's id: the documents do not say. */
  namesCalls = true;
  /** What its application has, but for its id. */
  application: Readonly<Record<string, unknown>> = {};
  private readonly phones = new Map<string, TexmlPhone>();
  private readonly clock = new FrameClock();

  private constructor(
    private readonly server: Server,
    private readonly options: TexmlOptions,
  ) {}

  static async start(options: TexmlOptions): Promise<TexmlExchange> {
    const server = createServer((request, response) => {
      void exchange.serve(request).then(([status, body]) => {
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    });
    const exchange = new TexmlExchange(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return exchange;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v2`;
  }

  async stop(): Promise<void> {
    for (const { streams } of this.calls) for (const stream of streams) stream.cut();
    this.clock.stop();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  behave(number: string, phone: TexmlPhone): void {
    this.phones.set(number, phone);
  }

  callIn(from: string, to: string, url: string, events: string): TexmlCall {
    const call = this.add('inbound', from, to, url, events);
    call.status = 'ringing';
    void this.ask(call);
    return call;
  }

  /** The phone, or we, end the call. */
  async end(call: TexmlCall, status = 'completed'): Promise<void> {
    if (OVER.has(call.status)) return;
    call.status = status;
    call.streams.at(-1)?.stop();
    const sip = SIP[status];
    await this.tell(call, {
      CallDuration: status === 'completed' ? '3' : '0',
      HangupCause: status === 'completed' ? 'normal_clearing' : status,
      ...(sip === undefined ? {} : { SipHangupCause: sip }),
    });
  }

  /** Sends a signed form; resolves with the status and body of the reply. */
  async post(
    url: string,
    form: Readonly<Record<string, string>>,
    headersFor = (body: string) => signedHeaders(this.key, body),
  ): Promise<[status: number, body: string]> {
    const { gateway } = this.options;
    if (!gateway) return [0, ''];
    if (!url.startsWith(gateway.origin)) this.violations.push(`no way to ${url}`);
    const body = new URLSearchParams(form).toString();
    const type = { 'Content-Type': 'application/x-www-form-urlencoded', Connection: 'close' };
    const reply = await fetch(url.replace(gateway.origin, gateway.url), {
      method: 'POST',
      headers: { ...type, ...headersFor(body) },
      body,
    });
    return [reply.status, await reply.text()];
  }

  /** What every request says of a call. */
  fieldsOf(call: TexmlCall): Record<string, string> {
    return {
      AccountSid: this.options.accountSid,
      CallSid: call.sid,
      From: call.from,
      To: call.to,
      ConnectionId: this.options.applicationSid,
      ApiVersion: '1',
      CallStatus: call.status,
    };
  }

  private async tell(call: TexmlCall, more: Record<string, string> = {}): Promise<void> {
    if (call.events === null || !this.options.gateway) return;
    const [status] = await this.post(call.events, {
      ...this.fieldsOf(call),
      CallbackSource: 'call-progress-events',
      SequenceNumber: String(call.sequence++),
      ...more,
    });
    if (status !== 200) this.violations.push(`${call.status} was answered with ${status}`);
  }

  private async ask(call: TexmlCall): Promise<void> {
    call.asked += 1;
    const [status, body] = await this.post(call.url, this.fieldsOf(call));
    if (status === 200) await this.run(call, body);
    else if (this.options.gateway) this.violations.push(`a question was answered with ${status}`);
  }

  /** Carries out instructions, in their order. */
  private async run(call: TexmlCall, body: string): Promise<void> {
    const document = parseXml(body);
    if ('malformed' in document) {
      this.violations.push('instructions that are no XML');
      return;
    }
    for (const verb of document.children) {
      if (OVER.has(call.status)) return;
      switch (verb.name) {
        case 'Say':
          call.said.push(verb.text);
          break;
        case 'Reject':
          await this.end(call, verb.attributes['reason'] === 'busy' ? 'busy' : 'failed');
          return;
        case 'Hangup':
          await this.end(call);
          return;
        case 'Connect':
          if (!(await this.connect(call, verb))) return;
          break;
        case 'Redirect':
          call.url = verb.text;
          await this.ask(call);
          return;
        default:
          this.violations.push(`the verb ${verb.name}`);
      }
    }
    await this.end(call);
  }

  /** Resolves when the stream is over: with false where other instructions have taken its place. */
  private async connect(call: TexmlCall, { children }: XmlElement): Promise<boolean> {
    const [{ attributes } = { attributes: {} as Record<string, string> }] = children;
    if (attributes['bidirectionalMode'] !== 'rtp') this.violations.push('a stream that takes MP3');
    if (call.status === 'ringing') {
      call.status = 'in-progress';
      await this.tell(call);
    }
    const { sid, from, to } = call;
    const names = { call_control_id: `v3:${sid}`, call_session_id: sid, client_state: null };
    const socket = new TelnyxSocket({ ...names, from, to }, 'PCMU', this.clock, (what) =>
      this.violations.push(what),
    );
    const { gateway } = this.options;
    call.streams.push(socket);
    const status = await socket.open(localStream(gateway, attributes['url'] ?? ''));
    if (status !== 101) this.violations.push(`the stream was refused with ${status}`);
    else await socket.closed;
    return call.streams.at(-1) === socket;
  }

  private add(
    direction: TexmlCall['direction'],
    from: string,
    to: string,
    url: string,
    events: string | null,
  ): TexmlCall {
    const call = texmlCall({ direction, from, to, url, events });
    this.calls.push(call);
    return call;
  }

  private async serve(request: IncomingMessage): Promise<Answer> {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const { apiKey, accountSid } = this.options;
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      return refusal(401, '10009', 'Authentication failed');
    }
    const prefix = `/v2/texml/Accounts/${accountSid}/Calls`;
    const { url = '', method } = request;
    const { applicationSid } = this.options;
    if (method === 'GET' && url === `/v2/texml_applications/${applicationSid}`) {
      return [200, { data: { id: applicationSid, active: true, ...this.application } }];
    }
    if (method === 'POST' && url === prefix) return this.dial(text);
    const sid = decodeURIComponent(url.slice(prefix.length + 1));
    const call = this.calls.find((one) => one.sid === sid);
    if (!url.startsWith(`${prefix}/`) || !call) return refusal(404, '10005', 'Resource not found');
    return method === 'GET'
      ? [200, this.shown(call)]
      : this.update(call, new URLSearchParams(text));
  }

  private dial(text: string): Answer {
    const body = JSON.parse(text) as Record<string, string>;
    if (Object.keys(body).sort().join() !== DIAL) {
      this.violations.push(`a dial with ${Object.keys(body).join()}`);
    }
    const { From = '', To = '', Url = '', StatusCallback = '' } = body;
    const { applicationSid, numbers } = this.options;
    if (body['ApplicationSid'] !== applicationSid || !numbers.includes(From)) {
      return refusal(422, '10015', 'Invalid parameter');
    }
    const call = this.add('outbound', From, To, Url, StatusCallback);
    void this.progress(call);
    const sid = this.namesCalls ? { sid: call.sid } : {};
    return [200, { from: From, to: To, status: 'queued', ...sid }];
  }

  private async progress(call: TexmlCall): Promise<void> {
    const phone = this.phones.get(call.to) ?? 'answers';
    for (const status of ['initiated', 'ringing']) {
      call.status = status;
      await this.tell(call);
    }
    if (phone === 'silent') return;
    if (phone !== 'answers') return this.end(call, phone);
    call.status = 'in-progress';
    await this.tell(call);
    await this.ask(call);
  }

  private update(call: TexmlCall, form: URLSearchParams): Answer {
    const [names, status, texml] = [[...form.keys()].join(), form.get('Status'), form.get('Texml')];
    if (names !== 'Status' && names !== 'Texml') this.violations.push(`an update with ${names}`);
    if (OVER.has(call.status)) return refusal(422, '90018', 'Call has already ended');
    if (status !== null) {
      void this.end(call, call.status === 'in-progress' ? 'completed' : 'canceled');
    } else if (texml !== null) {
      const old = call.streams.at(-1);
      void this.run(call, texml);
      old?.stop();
    }
    return [200, this.shown(call)];
  }

  private shown({ sid, status, from, to, direction }: TexmlCall): object {
    const known = status === 'initiated' || status === 'queued' ? 'ringing' : status;
    return { sid, account_sid: this.options.accountSid, status: known, from, to, direction };
  }
}

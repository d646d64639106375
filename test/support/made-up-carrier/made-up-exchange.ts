import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { BINARY_FRAME_BYTES } from '../binary-dialect.js';
import {
  signatureOf,
  SIGNATURE_HEADER,
  type EndedBecause,
  type EventType,
  type MadeUpEvent,
} from './made-up-protocol.js';

export interface MadeUpCall {
  id: string;
  requestId: string | null;
  direction: 'in' | 'out';
  from: string;
  to: string;
  eventsUrl: string;
  alive: boolean;
  /** The URLs to which calls were instructed to stream, one for each instruction. */
  streamUrls: string[];
  rejected: boolean | null;
  socket: WebSocket | null;
  heard: Buffer[];
  /** Text messages that the gateway sent on the socket. */
  words: string[];
  closedWith: number | null;
  answeredAt: number | null;
}

export interface ExchangeOptions {
  apiKey: string;
  secret: string;
  /** Where the public origin of the gateway really leads; null: nowhere. */
  gateway: { origin: string; url: string } | null;
}

/** The made-up carrier's side. It is strict: every deviation from its protocol is a violation. */
export class MadeUpExchange {
  readonly calls: MadeUpCall[] = [];
  readonly violations: string[] = [];
  /** Status and body of every reply to an event. */
  readonly replies: Array<[status: number, body: string]> = [];
  /** While true, events are lost on the way. */
  losesEvents = false;
  /** The last event as it was sent, to be sent again. */
  lastSent: { url: string; body: string; signature: string } | null = null;
  private readonly dials = new Map<string, MadeUpCall>();
  private readonly byKey = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    readonly options: ExchangeOptions,
  ) {}

  static async start(options: ExchangeOptions): Promise<MadeUpExchange> {
    const server = createServer((request, response) => void exchange.serve(request, response));
    const exchange = new MadeUpExchange(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return exchange;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.calls) socket?.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Somebody calls a number of ours. */
  async callIn(from: string, to: string, eventsUrl: string): Promise<MadeUpCall> {
    const call = this.newCall('in', from, to, eventsUrl, null);
    await this.tell(call, 'call.incoming');
    return call;
  }

  async ring(call: MadeUpCall): Promise<void> {
    await this.tell(call, 'call.initiated');
    await this.tell(call, 'call.ringing');
  }

  async answer(call: MadeUpCall): Promise<void> {
    call.answeredAt = Date.now();
    await this.tell(call, 'call.answered');
  }

  /** The other side ends the call, or never takes it. The socket stays open: the gateway closes it. */
  async end(call: MadeUpCall, because: EndedBecause = 'hangup'): Promise<void> {
    call.alive = false;
    const seconds = call.answeredAt === null ? 0 : 3;
    await this.tell(call, 'call.ended', { because, seconds });
  }

  /** One frame of 20 ms. */
  say(call: MadeUpCall, frame: Buffer): void {
    call.socket?.send(frame);
  }

  async tell(call: MadeUpCall, type: EventType, more: Partial<MadeUpEvent> = {}): Promise<void> {
    const event: MadeUpEvent = {
      event_id: idOf('ev'),
      type,
      call_id: call.id,
      ...(call.requestId === null ? {} : { request_id: call.requestId }),
      direction: call.direction,
      from: call.from,
      to: call.to,
      at: new Date().toISOString(),
      ...more,
    };
    if (this.losesEvents) return;
    const body = JSON.stringify(event);
    const signature = signatureOf(this.options.secret, body, Math.floor(Date.now() / 1000));
    const [status, text] = await this.send(call.eventsUrl, body, signature);
    this.replies.push([status, text]);
    if (status !== 200 || text !== '{"heard":true}') {
      this.violations.push(`${type} was answered with ${status} ${text}`);
    }
  }

  async send(url: string, body: string, signature: string | null): Promise<[number, string]> {
    const { gateway } = this.options;
    if (!gateway || !url.startsWith(gateway.origin)) throw new Error(`no way to ${url}`);
    if (signature !== null) this.lastSent = { url, body, signature };
    const reply = await fetch(url.replace(gateway.origin, gateway.url), {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Connection: 'close',
        ...(signature === null ? {} : { [SIGNATURE_HEADER]: signature }),
      },
      body,
    });
    return [reply.status, await reply.text()];
  }

  /** Opens a stream; resolves with the HTTP status of the refusal, or 101. */
  async open(call: MadeUpCall, url: string): Promise<number> {
    const { gateway } = this.options;
    if (!gateway) throw new Error('there is no gateway');
    const [origin, local] = [gateway.origin, gateway.url].map((one) => one.replace(/^http/, 'ws'));
    const socket = new WebSocket(url.replace(origin ?? '', local ?? ''), ['other', 'made-up']);
    const status = await new Promise<number>((resolve) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
      socket.once('error', () => resolve(0));
    });
    if (status !== 101) return status;
    if (socket.protocol !== 'made-up') this.violations.push(`sub-protocol "${socket.protocol}"`);
    call.socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) this.hearWord(call, data.toString());
      else if (data.length === BINARY_FRAME_BYTES) call.heard.push(data);
      else this.violations.push(`a frame of ${data.length} bytes`);
    });
    socket.on('close', (code: number) => (call.closedWith = code));
    return status;
  }

  private hearWord(call: MadeUpCall, word: string): void {
    call.words.push(word);
    if (word === 'CLEAR') call.socket?.send('CLEARED');
    else if (word !== 'HANGUP') this.violations.push(`the word "${word}"`);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const reply = (status: number, body?: object): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${this.options.apiKey}`) {
      this.violations.push('a request without the key');
      return reply(401, { error: 'unauthorized' });
    }
    const [, kind = '', id = '', deed = ''] = (request.url ?? '').split('/');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (kind === 'dials' && id === '' && request.method === 'POST') {
      return this.dial(request, body, reply);
    }
    const call = kind === 'dials' ? this.dials.get(id) : this.calls.find((one) => one.id === id);
    if (!call) return reply(404, { error: 'unknown' });
    if (request.method === 'GET') return reply(200, { alive: call.alive });
    if (!call.alive) return reply(404, { error: 'over' });
    if (request.method === 'DELETE' && deed === '') {
      reply(204);
      await this.end(call);
    } else if (deed === 'stream') {
      await this.stream(call, String(body['url']), reply);
    } else if (deed === 'reject') {
      call.rejected = body['busy'] === true;
      call.alive = false;
      reply(204);
    } else {
      this.violations.push(`${request.method} ${request.url}`);
      reply(400, { error: 'no_such_deed' });
    }
  }

  private dial(
    request: IncomingMessage,
    body: Record<string, unknown>,
    reply: (status: number, body?: object) => void,
  ): void {
    const key = request.headers['idempotency-key'];
    const names = Object.keys(body).sort().join();
    if (typeof key !== 'string' || names !== 'events_url,from,max_seconds,ring_seconds,to') {
      this.violations.push(`a dial with ${names} and the key ${String(key)}`);
      return reply(400, { error: 'malformed' });
    }
    let requestId = this.byKey.get(key);
    if (requestId === undefined) {
      requestId = idOf('req');
      this.byKey.set(key, requestId);
      const url = String(body['events_url']);
      const call = this.newCall('out', String(body['from']), String(body['to']), url, requestId);
      this.dials.set(requestId, call);
    }
    reply(202, { request_id: requestId });
  }

  private async stream(
    call: MadeUpCall,
    url: string,
    reply: (status: number) => void,
  ): Promise<void> {
    call.streamUrls.push(url);
    reply(204);
    const status = await this.open(call, url);
    if (status !== 101) this.violations.push(`the stream was refused with ${status}`);
    if (call.direction === 'in') await this.answer(call);
  }

  private newCall(
    direction: 'in' | 'out',
    from: string,
    to: string,
    eventsUrl: string,
    requestId: string | null,
  ): MadeUpCall {
    const call: MadeUpCall = {
      id: idOf('call'),
      requestId,
      direction,
      from,
      to,
      eventsUrl,
      alive: true,
      streamUrls: [],
      rejected: null,
      socket: null,
      heard: [],
      words: [],
      closedWith: null,
      answeredAt: null,
    };
    this.calls.push(call);
    return call;
  }
}

function idOf(kind: string): string {
  return `${kind}_${randomBytes(8).toString('hex')}`;
}

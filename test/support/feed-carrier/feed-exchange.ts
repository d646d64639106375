import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { BINARY_FRAME_BYTES } from '../binary-dialect.js';
import type { EndedBecause, EventType, FeedMessage, ListedCall } from './feed-protocol.js';

export interface FeedCall extends ListedCall {
  alive: boolean;
  rejected: boolean | null;
  /** The URLs to which the call was instructed to stream. */
  streamUrls: string[];
  socket: WebSocket | null;
  heard: Buffer[];
}

/** The carrier's side. It is strict: every deviation from its protocol is a violation. */
export class FeedExchange {
  readonly calls: FeedCall[] = [];
  readonly violations: string[] = [];
  /** How many connections for events there have been, and at most at a time. */
  connections = 0;
  connectionsAtOnce = 0;
  /** While false, no connection for events is accepted. */
  accepts = true;
  /** While true, the carrier does not give its list. */
  hidesList = false;
  /** While true, the reply to a dial is lost although the call is placed. */
  losesReplies = false;
  /** While true, a dial's events are sent before its reply. */
  ringsFirst = false;
  private readonly subscribers = new WebSocketServer({ noServer: true });

  private constructor(
    private readonly server: Server,
    private readonly apiKey: string,
  ) {
    server.on('upgrade', (request, socket, head) => {
      const isKnown = request.headers.authorization === `Bearer ${apiKey}`;
      if (!isKnown || request.url !== '/events')
        this.violations.push('an upgrade that is not right');
      if (!isKnown || !this.accepts) return void socket.destroy();
      this.subscribers.handleUpgrade(request, socket, head, () => {
        this.connections += 1;
        this.connectionsAtOnce = Math.max(this.connectionsAtOnce, this.subscribers.clients.size);
      });
    });
  }

  static async start(apiKey: string): Promise<FeedExchange> {
    const server = createServer((request, response) => void exchange.serve(request, response));
    const exchange = new FeedExchange(server, apiKey);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return exchange;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get isConnected(): boolean {
    return [...this.subscribers.clients].some(({ readyState }) => readyState === WebSocket.OPEN);
  }

  async stop(): Promise<void> {
    for (const { socket } of this.calls) socket?.terminate();
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Breaks the connection for events. */
  cut(): void {
    for (const client of this.subscribers.clients) client.terminate();
  }

  /** Somebody calls a number of ours. */
  callIn(from: string, to: string): FeedCall {
    const call = this.newCall('in', from, to, null);
    this.tell(call, 'incoming');
    return call;
  }

  answer(call: FeedCall): void {
    call.state = 'answered';
    this.tell(call, 'answered');
  }

  end(call: FeedCall, because: EndedBecause = 'hangup'): void {
    call.alive = false;
    const seconds = call.state === 'answered' ? 3 : 0;
    this.tell(call, 'ended', { because, seconds });
  }

  /** Told to whoever listens; what nobody hears is lost. */
  tell(call: FeedCall, type: EventType, more: Partial<FeedMessage> = {}): void {
    const message = { type, call: shown(call), at: new Date().toISOString(), ...more };
    for (const client of this.subscribers.clients) client.send(JSON.stringify(message));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const reply = (status: number, body?: object): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) {
      this.violations.push('a request without the key');
      return reply(401);
    }
    const [, , id = '', deed = ''] = (request.url ?? '').split('/');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (id === '' && request.method === 'GET') {
      if (this.hidesList) return reply(503);
      return reply(200, this.calls.filter(({ alive }) => alive).map(shown));
    }
    if (id === '' && request.method === 'POST') return this.dial(body, response, reply);
    const call = this.calls.find((one) => one.id === id && one.alive);
    if (!call) return reply(404);
    if (request.method === 'DELETE' && deed === '') {
      reply(204);
      this.end(call, call.state === 'answered' ? 'hangup' : 'no_answer');
    } else if (deed === 'stream') {
      reply(204);
      await this.stream(call, String(body['url']));
    } else if (deed === 'reject') {
      call.rejected = body['busy'] === true;
      call.alive = false;
      reply(204);
    } else {
      this.violations.push(`${request.method} ${request.url}`);
      reply(400);
    }
  }

  private dial(
    body: Record<string, unknown>,
    response: ServerResponse,
    reply: (status: number, body?: object) => void,
  ): void {
    const names = Object.keys(body).sort().join();
    if (names !== 'from,max_seconds,reference,ring_seconds,to') {
      this.violations.push(`a dial with ${names}`);
      return reply(400);
    }
    const [from, to, reference] = [body['from'], body['to'], body['reference']].map(String);
    const call = this.newCall('out', from ?? '', to ?? '', reference ?? '');
    if (this.ringsFirst) this.tell(call, 'ringing');
    if (this.losesReplies) return void response.destroy();
    reply(201, { id: call.id });
  }

  private async stream(call: FeedCall, url: string): Promise<void> {
    call.streamUrls.push(url);
    const socket = new WebSocket(url, ['made-up']);
    call.socket = socket;
    socket.on('error', () => this.violations.push('the stream was refused'));
    socket.on('close', () => (call.streaming = false));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary && data.length === BINARY_FRAME_BYTES) call.heard.push(data);
    });
    await once(socket, 'open').catch(() => undefined);
    call.streaming = true;
    if (call.direction === 'in' && call.state === 'ringing') this.answer(call);
  }

  private newCall(
    direction: 'in' | 'out',
    from: string,
    to: string,
    reference: string | null,
  ): FeedCall {
    const call: FeedCall = {
      id: `call_${randomBytes(8).toString('hex')}`,
      reference,
      direction,
      from,
      to,
      state: 'ringing',
      streaming: false,
      alive: true,
      rejected: null,
      streamUrls: [],
      socket: null,
      heard: [],
    };
    this.calls.push(call);
    return call;
  }
}

function shown({ id, reference, direction, from, to, state, streaming }: FeedCall): ListedCall {
  return { id, reference, direction, from, to, state, streaming };
}

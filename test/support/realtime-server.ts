import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export const REALTIME_KEY = 'sk-test-0123456789-secret';

interface ClientEvent {
  type: string;
  audio?: string;
  item_id?: string;
  content_index?: number;
  audio_end_ms?: number;
  session?: {
    type?: string;
    instructions?: string;
    audio?: {
      input?: { format?: { type?: string } };
      output?: { format?: { type?: string }; voice?: string };
    };
    tools?: Array<{ type: string; name: string }>;
  };
  item?: { type: string; call_id?: string; output?: string };
  response?: { instructions?: string };
}

/** One session on a server that speaks OpenAI's Realtime protocol and takes nothing that the true one refuses. */
export class RealtimePeer {
  readonly events: ClientEvent[] = [];
  readonly mistakes: string[] = [];
  heard = Buffer.alloc(0);
  private readonly sentMs = new Map<string, number>();
  private items = 0;

  constructor(readonly socket: WebSocket) {
    this.send({ type: 'session.created', session: { type: 'realtime' } });
  }

  get truncations(): ClientEvent[] {
    return this.events.filter(({ type }) => type === 'conversation.item.truncate');
  }

  send(event: object): void {
    this.socket.send(JSON.stringify(event));
  }

  /** The model says something: all of it at once, as fast as a true one. */
  say(ms: number, value: number, done = true): string {
    this.items += 1;
    const id = `item_${this.items}`;
    this.sentMs.set(id, ms);
    for (let at = 0; at < ms; at += 200) {
      const audio = Buffer.alloc(Math.min(200, ms - at) * 8, value);
      this.send({
        type: 'response.output_audio.delta',
        item_id: id,
        content_index: 0,
        delta: audio.toString('base64'),
      });
    }
    if (done) this.send({ type: 'response.output_audio.done', item_id: id, content_index: 0 });
    return id;
  }

  use(name: string, callId: string, args: object): void {
    this.send({
      type: 'response.output_item.done',
      item: { type: 'function_call', name, call_id: callId, arguments: JSON.stringify(args) },
    });
  }

  receive(text: string): void {
    const event = JSON.parse(text) as ClientEvent;
    switch (event.type) {
      case 'input_audio_buffer.append':
        this.heard = Buffer.concat([this.heard, Buffer.from(event.audio ?? '', 'base64')]);
        return;
      case 'session.update': {
        const { type, audio, tools = [] } = event.session ?? {};
        const formats = [audio?.input?.format?.type, audio?.output?.format?.type];
        if (type !== 'realtime' || formats.some((format) => format !== 'audio/pcmu')) {
          this.mistakes.push(`session.update ${JSON.stringify(event.session)}`);
        }
        if (tools.some((tool) => tool.type !== 'function')) this.mistakes.push('tools');
        this.events.push(event);
        this.send({ type: 'session.updated', session: event.session });
        return;
      }
      case 'conversation.item.truncate': {
        const sent = this.sentMs.get(event.item_id ?? '');
        const end = event.audio_end_ms ?? -1;
        if (sent === undefined || !Number.isInteger(end) || end < 0 || end > sent) {
          this.mistakes.push(`truncate ${event.item_id} at ${end} of ${sent}`);
        }
        this.events.push(event);
        return;
      }
      case 'conversation.item.create':
      case 'response.create':
        this.events.push(event);
        return;
      default:
        this.mistakes.push(event.type);
        this.send({
          type: 'error',
          error: { type: 'invalid_request_error', code: 'unknown_event' },
        });
    }
  }
}

export class RealtimeServer {
  readonly peers: RealtimePeer[] = [];
  readonly models: string[] = [];
  private server: Server | null = null;

  async listen(): Promise<string> {
    const server = createServer();
    this.server = server;
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const allowed = request.headers.authorization === `Bearer ${REALTIME_KEY}`;
      if (url.pathname !== '/v1/realtime' || !allowed) {
        socket.end(`HTTP/1.1 ${allowed ? 404 : 401} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.models.push(url.searchParams.get('model') ?? '');
      sockets.handleUpgrade(request, socket, head, (client) => {
        const peer = new RealtimePeer(client);
        this.peers.push(peer);
        client.on('error', () => undefined);
        client.on('message', (data) => peer.receive((data as Buffer).toString()));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

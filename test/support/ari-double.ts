import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export const ARI_USER = 'patchbay';
export const ARI_PASSWORD = 'ari-password';
const APP = 'patchbay';
const BASIC = `Basic ${Buffer.from(`${ARI_USER}:${ARI_PASSWORD}`).toString('base64')}`;

export interface DoubleChannel {
  id: string;
  state: string;
  caller: { number: string };
  dialplan: { exten: string; app_name: string; app_data: string };
  creationtime: string;
}

/** One request as it was made. */
export interface AriAsked {
  method: string;
  uri: string;
  query: Record<string, string>;
}

interface Reply {
  status: number;
  body: object | null;
}

/**
 * Asterisk's ARI on one socket, and over HTTP, for what a real Asterisk cannot be made to do: replies that are
 * lost, a socket that is refused, events that nobody hears. `test/asterisk` has the real one.
 */
export class AriDouble {
  readonly channels = new Map<string, DoubleChannel>();
  /** Who was put into each. */
  readonly bridges = new Map<string, Set<string>>();
  readonly asked: AriAsked[] = [];
  /** How many connections there have been. */
  connections = 0;
  /** While false, no connection is accepted. */
  accepts = true;
  /** While true, requests are carried out and not answered. */
  losesReplies = false;
  /** What becomes of a socket for audio that is to be opened. */
  opensMedia = true;
  /** In place of what a request would get; null: what it would get. */
  answers: (asked: AriAsked) => Reply | null = () => null;
  private readonly clients = new WebSocketServer({ noServer: true });

  private constructor(private readonly server: Server) {
    server.on('upgrade', (request, socket, head) => {
      const isKnown = request.headers.authorization === BASIC;
      if (!isKnown || request.url !== `/ari/events?app=${APP}`) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      } else if (!this.accepts) {
        socket.destroy();
      } else {
        this.clients.handleUpgrade(request, socket, head, (client) => {
          this.connections += 1;
          client.on('message', (data: Buffer) => this.serve(client, data.toString()));
        });
      }
    });
  }

  static async start(): Promise<AriDouble> {
    const server = createServer((request, response) => double.request(request, response));
    const double = new AriDouble(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/ari`;
  }

  /** The connections that are open now. */
  get open(): number {
    return this.clients.clients.size;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  cut(): void {
    for (const client of this.clients.clients) client.terminate();
  }

  /** Reads nothing of the connections that are open, not even pings. */
  freeze(): void {
    for (const client of this.clients.clients) client.pause();
  }

  /** A phone calls us. */
  callIn(id: string, exten: string, from: string): DoubleChannel {
    const channel = this.add(id, 'Ring', { exten, from, appData: APP });
    this.tell('StasisStart', channel, { args: [] });
    return channel;
  }

  answer(id: string): void {
    const channel = this.change(id, 'Up');
    channel.dialplan.app_name = 'Stasis';
    this.tell('StasisStart', channel, { args: [] });
  }

  change(id: string, state: string): DoubleChannel {
    const channel = this.channels.get(id);
    if (!channel) throw new Error(`there is no channel ${id}`);
    channel.state = state;
    this.tell('ChannelStateChange', channel);
    return channel;
  }

  end(id: string, cause: number, techCause?: number): void {
    const channel = this.channels.get(id);
    if (!channel) return;
    this.channels.delete(id);
    this.tell('ChannelDestroyed', channel, {
      cause,
      cause_txt: `cause ${cause}`,
      ...(techCause === undefined ? {} : { tech_cause: techCause }),
    });
  }

  /** Told to whoever listens; what nobody hears is lost. */
  tell(type: string, channel: DoubleChannel, more: object = {}): void {
    this.send({ type, timestamp: stamp(), application: APP, channel, ...more });
  }

  send(message: object): void {
    for (const client of this.clients.clients) client.send(JSON.stringify(message));
  }

  private serve(client: WebSocket, text: string): void {
    const request = JSON.parse(text) as {
      request_id: string;
      method: string;
      uri: string;
      query_strings: Array<{ name: string; value: string }>;
    };
    const { method, uri } = request;
    const query = Object.fromEntries(request.query_strings.map(({ name, value }) => [name, value]));
    const asked = { method, uri, query };
    const { status, body } = this.reply(asked);
    if (this.losesReplies) return;
    const reply = { type: 'RESTResponse', request_id: request.request_id, status_code: status };
    client.send(
      JSON.stringify({ ...reply, ...(body ? { message_body: JSON.stringify(body) } : {}) }),
    );
  }

  /** The same over HTTP, from whoever does not have the socket. */
  private request(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    if (!this.accepts || request.headers.authorization !== BASIC) {
      request.socket.destroy();
      return;
    }
    const uri = pathname.replace('/ari/', '');
    const query = Object.fromEntries(searchParams);
    const { status, body } = this.reply({ method: request.method ?? '', uri, query });
    if (this.losesReplies) return;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === null ? undefined : JSON.stringify(body));
  }

  private reply(asked: AriAsked): Reply {
    this.asked.push(asked);
    return this.answers(asked) ?? this.carryOut(asked);
  }

  private carryOut({ method, uri, query }: AriAsked): Reply {
    const [kind = '', id = '', deed = ''] = uri.split('/');
    if (kind === 'bridges') return this.bridge(method, id, deed, query);
    if (kind === 'applications') return { status: 200, body: {} };
    if (method === 'GET' && id === '') return { status: 200, body: [...this.channels.values()] };
    if (method === 'POST' && id === 'create') return this.create(query);
    if (method === 'POST' && deed === '') return this.dial(id, query);
    const channel = this.channels.get(id);
    if (!channel) return { status: 404, body: { message: 'Channel not found' } };
    if (method === 'GET') return { status: 200, body: channel };
    if (method === 'DELETE') this.end(id, 16);
    if (deed === 'answer') this.change(id, 'Up');
    if (deed === 'dial') {
      if (this.opensMedia) this.change(id, 'Up');
      else this.end(id, 16);
    }
    return { status: 204, body: null };
  }

  private bridge(
    method: string,
    id: string,
    deed: string,
    { channel = '' }: Record<string, string>,
  ): Reply {
    const inside = this.bridges.get(id);
    if (method === 'GET') {
      const all = [...this.bridges.keys()].map((one) => this.bridgeJson(one));
      if (id === '') return { status: 200, body: all };
      return inside ? { status: 200, body: this.bridgeJson(id) } : { status: 404, body: {} };
    }
    if (method === 'DELETE') {
      return this.bridges.delete(id) ? { status: 204, body: null } : { status: 404, body: {} };
    }
    if (deed === 'addChannel') {
      for (const one of channel.split(',')) inside?.add(one);
      return { status: 204, body: null };
    }
    if (inside) return { status: 409, body: { message: 'it exists' } };
    this.bridges.set(id, new Set());
    return { status: 200, body: this.bridgeJson(id) };
  }

  private bridgeJson(id: string): object {
    const inside = [...(this.bridges.get(id) ?? [])];
    return { id, channels: inside.filter((one) => this.channels.has(one)) };
  }

  private create({ channelId = '' }: Record<string, string>): Reply {
    const channel = this.add(channelId, 'Down', { appData: APP });
    this.tell('StasisStart', channel, { args: [] });
    return { status: 200, body: channel };
  }

  private dial(id: string, query: Record<string, string>): Reply {
    if (this.channels.has(id)) return { status: 409, body: { message: 'Channel ID in use' } };
    const channel = this.add(id, 'Down', { from: query['callerId'] ?? '', appName: 'AppDial2' });
    return { status: 200, body: channel };
  }

  private add(
    id: string,
    state: string,
    more: { exten?: string; from?: string; appName?: string; appData?: string },
  ): DoubleChannel {
    const { exten = 's', from = '', appName = 'Stasis', appData = '' } = more;
    const channel: DoubleChannel = {
      id,
      state,
      caller: { number: from },
      dialplan: { exten, app_name: appName, app_data: appData || APP },
      creationtime: stamp(),
    };
    this.channels.set(id, channel);
    return channel;
  }
}

/** As Asterisk writes times. */
export function stamp(at = new Date()): string {
  return at.toISOString().replace('Z', '+0000');
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { signUpgrade, signWebhook } from './signing/signature.js';

/** A webhook as it came over the wire. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** The fields of the form body, or else of the query. */
  fields: URLSearchParams;
  /** Whether the signature was right for the public URL. */
  signed: boolean;
}

export type Reply = { status?: number; type?: string | null; body?: string; afterMs?: number };

export const PUBLIC_ORIGIN = 'https://gateway.example';

/**
 * A minimal gateway for the simulator's own specs. It answers `/voice` with
 * `twiml`, `/action` with a hang-up and everything else with 204, keeps what it
 * saw, and echoes media.
 */
export class SpecGateway {
  readonly requests: SeenRequest[] = [];
  readonly upgrades: Array<{ headers: IncomingMessage['headers']; signed: boolean }> = [];
  readonly messages: Array<Record<string, unknown>> = [];
  readonly sockets: WebSocket[] = [];
  /** Replies by path, which replace the default reply. A function sees each request. */
  readonly replies: Record<string, Reply | ((seen: SeenRequest) => Reply)> = {};
  /** Redirects by path: answered with 307 to this URL. */
  readonly redirects: Record<string, string> = {};
  twiml = '<Response/>';
  /** What it does with each message of a stream; the default echoes media. */
  onMessage = (socket: WebSocket, message: Record<string, unknown>): void => {
    if (message['event'] !== 'media') return;
    const { payload } = message['media'] as { payload: string };
    socket.send(
      JSON.stringify({ event: 'media', streamSid: message['streamSid'], media: { payload } }),
    );
  };
  /** HTTP status of upgrades; 101 accepts. */
  upgradeStatus = 101;

  private readonly server: Server;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly webSockets = new WebSocketServer({ noServer: true });

  constructor(private readonly authToken: string) {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.on('upgrade', (request, socket, head) => {
      const url = `${PUBLIC_ORIGIN.replace('https', 'wss')}${request.url ?? ''}`;
      const signed = request.headers['x-twilio-signature'] === signUpgrade(url, authToken);
      this.upgrades.push({ headers: request.headers, signed });
      if (this.upgradeStatus !== 101) {
        socket.end(`HTTP/1.1 ${this.upgradeStatus} Refused\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.sockets.push(webSocket);
        webSocket.on('message', (data) => {
          const message = JSON.parse((data as Buffer).toString('utf8')) as Record<string, unknown>;
          this.messages.push(message);
          this.onMessage(webSocket, message);
        });
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of this.webSockets.clients) socket.terminate();
    this.webSockets.close();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** Requests for this path, oldest first. */
  seen(path: string): SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const target = request.url ?? '/';
    const query = new URL(target, PUBLIC_ORIGIN).searchParams;
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const signature = signWebhook(PUBLIC_ORIGIN + target, [...form], this.authToken);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: target.split('?')[0] ?? '',
      headers: request.headers,
      fields: request.method === 'POST' ? form : query,
      signed: request.headers['x-twilio-signature'] === signature,
    };
    this.requests.push(seen);
    const location = this.redirects[seen.path];
    if (location !== undefined) {
      response.writeHead(307, { Location: location }).end();
      return;
    }
    const configured = this.replies[seen.path];
    const bodies: Record<string, string> = {
      '/voice': this.twiml,
      '/action': '<Response><Hangup/></Response>',
    };
    const instructions = bodies[seen.path];
    const fallback: Reply =
      instructions === undefined ? {} : { status: 200, type: 'text/xml', body: instructions };
    const reply = (typeof configured === 'function' ? configured(seen) : configured) ?? fallback;
    const { status = 204, type = 'text/xml', body = '', afterMs = 0 } = reply;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      response.writeHead(status, type === null || body === '' ? {} : { 'Content-Type': type });
      response.end(body);
    }, afterMs);
    this.timers.add(timer);
  }
}

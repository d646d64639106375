import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint of a user's, which counts how often it was sent each message. */
export class CountingReceiver {
  /** By the message's id. */
  readonly received = new Map<string, number>();
  /** How long it takes to answer, in milliseconds. */
  answersAfterMs = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const id = String(request.headers['webhook-id']);
      request.resume().on('end', () => {
        this.received.set(id, (this.received.get(id) ?? 0) + 1);
        setTimeout(() => response.writeHead(204).end(), this.answersAfterMs);
      });
    });
  }

  /** Returns its address. */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The messages that came more than once. */
  get repeated(): string[] {
    return [...this.received].filter(([, count]) => count > 1).map(([id]) => id);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

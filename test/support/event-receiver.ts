import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './patience.js';

export interface ReceivedEvent {
  headers: IncomingHttpHeaders;
  body: string;
  event: { type: string; data: { workflow_run_id: number; status: string } };
}

/** A team's own endpoint for events, as it would be. */
export class EventReceiver {
  readonly received: ReceivedEvent[] = [];
  /** What it answers; below zero: nothing, for ever. */
  status = 204;
  headers: Record<string, string> = {};
  private server: Server | null = null;

  /** Resolves with its URL. */
  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        this.received.push({ headers: request.headers, body, event: JSON.parse(body) });
        if (this.status > 0) response.writeHead(this.status, this.headers).end();
      });
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/events`;
  }

  async until(enough: (received: ReceivedEvent[]) => boolean): Promise<void> {
    await until(() => enough(this.received), String(enough));
  }

  /** The ids of the messages about the end of this call, as often as they came. */
  endsOf(runId: number): string[] {
    return this.received
      .filter(({ event }) => event.data.workflow_run_id === runId && event.type === 'call.finished')
      .map(({ headers }) => String(headers['webhook-id']));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

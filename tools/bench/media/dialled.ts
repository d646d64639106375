import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { readBody } from '../../carrier/rest/http-request.js';
import { newSid } from '../../carrier/sids.js';
import { OUTBOUND, type Leg } from './leg.js';
import type { Dials } from './plan.js';

/** How long a dial may take to come. */
const PATIENCE_MS = 30_000;
const CREATED = 201;
const PERSONS = 1_000_000;

/**
 * Calls that the service places: it is asked by its interface, and dials here, at as much of the carrier's REST
 * interface as a dial needs.
 */
export class Dialled {
  private readonly awaited = new Map<string, (leg: Leg) => void>();
  private placed = 0;

  private constructor(
    private readonly server: Server,
    private readonly apiPort: number,
    private readonly apiKey: string,
  ) {
    server.on('request', (asked: IncomingMessage, reply) => {
      void readBody(asked).then((form) => {
        const leg = this.dialled(new URLSearchParams(form));
        const body = JSON.stringify({ sid: leg.callSid, status: 'queued' });
        reply.writeHead(CREATED, { 'content-type': 'application/json' }).end(body);
      });
    });
  }

  static async start(apiPort: number, { apiKey, carrierPort }: Dials): Promise<Dialled> {
    const server = createServer().listen(carrierPort, '127.0.0.1');
    await once(server, 'listening');
    return new Dialled(server, apiPort, apiKey);
  }

  /** Has a call placed. Returns it once it was dialled; null: it was refused, or never dialled. */
  async place(): Promise<Leg | null> {
    const to = `+1303${String(5_550_000 + (this.placed++ % PERSONS)).padStart(7, '0')}`;
    const dialled = new Promise<Leg | null>((resolve) => {
      this.awaited.set(to, resolve);
      setTimeout(() => resolve(null), PATIENCE_MS).unref();
    });
    const status = await this.ask({ workflow_id: 1, to }).catch(() => null);
    if (status !== CREATED) return null;
    return dialled;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private dialled(form: URLSearchParams): Leg {
    const person = form.get('To') ?? '';
    const leg: Leg = {
      callSid: newSid('CA'),
      direction: OUTBOUND,
      person,
      answerUrl: form.get('Url') ?? '',
      eventsUrl: form.get('StatusCallback') ?? '',
    };
    this.awaited.get(person)?.(leg);
    this.awaited.delete(person);
    return leg;
  }

  /** Returns the status of the answer. */
  private async ask(body: object): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.apiPort}/api/v1/telephony/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  }
}

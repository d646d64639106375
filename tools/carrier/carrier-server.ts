import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundConnections, LISTENER_OPTIONS } from '../../src/shared/http-listener.js';
import { ControlApi, type SteeredCarrier } from './control/control-api.js';
import { PhoneExchange, type PhoneNetwork } from './phones/phone-exchange.js';
import { sendJson } from './rest/http-request.js';
import type { RestBackend } from './rest/rest-api.js';
import { RestApi } from './rest/rest-api.js';

/** For the gateway's REST client, phones in browsers, and clients of the control API. Benchmarks open the most. */
const CONNECTIONS_MAX = 5_000;

/** The HTTP server of the REST API and of the control API. */
export class CarrierServer {
  private readonly server: Server;
  private readonly rest: RestApi;
  private readonly control: ControlApi;
  private readonly phones: PhoneExchange;

  constructor(private readonly backend: RestBackend & { carrier: SteeredCarrier & PhoneNetwork }) {
    this.rest = new RestApi(backend);
    this.control = new ControlApi(backend.carrier);
    this.phones = new PhoneExchange(backend.carrier);
    this.server = createServer(
      LISTENER_OPTIONS,
      (request, response) => void this.serve(request, response),
    );
    boundConnections(this.server, CONNECTIONS_MAX);
    this.server.on('upgrade', (request, socket, head) =>
      this.phones.upgrade(request, socket, head),
    );
  }

  get baseUrl(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  listen(): Promise<void> {
    const { port, host } = this.backend.settings;
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.phones.close();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const api = request.url?.startsWith('/control/') ? this.control : this.rest;
    try {
      await api.handle(request, response);
    } catch (error) {
      const message = error instanceof Error ? error.message : 'unknown error';
      if (!response.headersSent) sendJson(response, 500, { status: 500, code: 20_500, message });
    }
  }
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './http-request.js';

/** A text is a page, an object JSON; null: there is no body. */
export type ApiAnswer = [status: number, body: object | string | null];

/** A reply in place of its own; `cut`: the work is done, and the reply is lost. */
export type ApiFault = ApiAnswer | 'cut';

/** The API of a simulated carrier, on loopback. */
export abstract class ApiServer {
  /** Of the next request, or of the next one for a path. */
  fault: ApiFault | { path: RegExp; reply: ApiFault } | null = null;
  private readonly server: Server = createServer();

  /** @param prefix the path below which it is */
  constructor(private readonly prefix = '') {}

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.prefix}`;
  }

  async listen(): Promise<this> {
    this.server.on('request', (request, response) => {
      void this.serve(request).then((answer) => {
        if (answer === 'cut') {
          request.socket.destroy();
          return;
        }
        const [status, body] = answer;
        const isText = typeof body === 'string';
        const type = isText ? 'text/html' : 'application/json';
        response.writeHead(status, body === null ? {} : { 'Content-Type': type });
        response.end(body === null ? '' : isText ? body : JSON.stringify(body));
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  protected abstract answer(request: IncomingMessage, text: string): ApiAnswer;

  private async serve(request: IncomingMessage): Promise<ApiFault> {
    const text = await readBody(request);
    const fault = this.takeFault(request.url ?? '');
    if (fault !== null && fault !== 'cut') return fault;
    const answer = this.answer(request, text);
    return fault ?? answer;
  }

  private takeFault(url: string): ApiFault | null {
    const { fault } = this;
    const isForPath = fault !== null && typeof fault === 'object' && 'path' in fault;
    if (isForPath && !fault.path.test(url)) return null;
    this.fault = null;
    return isForPath ? fault.reply : fault;
  }
}

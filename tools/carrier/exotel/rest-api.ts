import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExotelExchange } from './exchange.js';
import type { Doubts, ExotelOptions } from './exotel-options.js';

type Answer = [status: number, body: object | string];

const PREFIX = '/v1/Accounts/';
const REQUIRED = ['From', 'CallerId', 'Url'];
const KNOWN = new Set([
  ...REQUIRED,
  'CallType',
  'TimeLimit',
  'TimeOut',
  'StatusCallback',
  'CustomField',
  'Record',
]);
const DURATION_MAX = 14_400;

function refusal(status: number, message: string): Answer {
  return [status, { RestException: { Status: status, Message: message, Code: status } }];
}

/** A simulated Exotel: its Calls in front of an {@link ExotelExchange}. It takes nothing that it does not know. */
export class SimulatedExotel {
  readonly exchange: ExotelExchange;
  /** The next request gets this reply; `cut`: its work is done, and the reply is lost. */
  fault: Answer | 'cut' | null = null;

  private constructor(
    private readonly server: Server,
    private readonly options: ExotelOptions,
    doubts: Partial<Doubts>,
  ) {
    this.exchange = new ExotelExchange(options, doubts);
  }

  static async start(
    options: ExotelOptions,
    doubts: Partial<Doubts> = {},
  ): Promise<SimulatedExotel> {
    const server = createServer();
    const exotel = new SimulatedExotel(server, options, doubts);
    server.on('request', (request, response) => {
      void exotel.serve(request).then((answer) => {
        if (answer === null) {
          request.socket.destroy();
          return;
        }
        const [status, body] = answer;
        response.writeHead(status, {
          'Content-Type': typeof body === 'string' ? 'text/html' : 'application/json',
        });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return exotel;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.exchange.stop();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage): Promise<Answer | null> {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const { fault } = this;
    this.fault = null;
    if (fault !== null && fault !== 'cut') return fault;
    const answer = this.answer(request, text);
    return fault === null ? answer : null;
  }

  private answer({ method, headers, url = '' }: IncomingMessage, text: string): Answer {
    const { accountSid, apiKey, apiToken } = this.options;
    const login = `Basic ${Buffer.from(`${apiKey}:${apiToken}`).toString('base64')}`;
    if (headers.authorization !== login) return refusal(401, 'Authentication failed');
    const calls = `${PREFIX}${accountSid}/Calls/`;
    if (!url.startsWith(calls)) return refusal(403, 'Not your account');
    const [, id, format] = /^([^/.]+)(\.json)?$/.exec(url.slice(calls.length)) ?? [];
    // Without it the reply would be XML.
    if (id === undefined || format === undefined) return refusal(404, 'Resource not found');
    if (method === 'POST' && id === 'connect')
      return this.dial(headers['content-type'] ?? '', text);
    const call = this.exchange.calls.find(({ sid }) => sid === id);
    if (method !== 'GET') this.exchange.violations.push(`${method} ${id}`);
    return method === 'GET' && call
      ? [200, call.shown(accountSid)]
      : refusal(404, 'Resource not found');
  }

  private dial(type: string, text: string): Answer {
    const form = new URLSearchParams(text);
    const names = [...form.keys()];
    const strange = names.find((name, at) => !KNOWN.has(name) || names.indexOf(name) !== at);
    if (type !== 'application/x-www-form-urlencoded' || strange !== undefined) {
      this.exchange.violations.push(`a dial with ${strange ?? type}`);
      return refusal(400, 'Invalid parameter');
    }
    const value = (name: string): string => form.get(name) ?? '';
    const missing = REQUIRED.find((name) => value(name) === '');
    if (missing !== undefined) return refusal(400, `Mandatory parameter ${missing} missing`);
    const { accountSid, flowId, numbers } = this.options;
    if (value('Url') !== `http://my.exotel.com/${accountSid}/exoml/start_voice/${flowId}`) {
      return refusal(404, 'No such flow');
    }
    if (!numbers.includes(value('CallerId'))) return refusal(403, 'CallerId is not yours');
    if (!/^\+[1-9]\d{6,14}$/.test(value('From'))) return refusal(400, 'From is no number');
    const limit = Number(form.get('TimeLimit') ?? 0);
    if (!(limit <= DURATION_MAX)) return refusal(400, 'TimeLimit is too long');
    const call = this.exchange.dial(value('From'), value('CallerId'), form.get('StatusCallback'));
    return [200, call.shown(accountSid)];
  }
}

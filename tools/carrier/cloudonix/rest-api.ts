import type { IncomingMessage } from 'node:http';
import { ApiServer, type ApiAnswer } from '../rest/api-server.js';
import type { CloudonixCall } from './cloudonix-call.js';
import type { CloudonixOptions, Doubts } from './cloudonix-options.js';
import { CloudonixExchange } from './exchange.js';

const PROGRAMS = ['application', 'url', 'cxml'];
const KNOWN = new Set([
  ...PROGRAMS,
  'destination',
  'caller-id',
  'callback',
  'timeout',
  'send-digits',
  'trunk',
]);

/** The bodies of refusals are not documented. */
function refusal(status: number, message: string): ApiAnswer {
  return [status, { message }];
}

/** A simulated Cloudonix: its API in front of a {@link CloudonixExchange}. It takes nothing that it does not know. */
export class SimulatedCloudonix extends ApiServer {
  readonly exchange: CloudonixExchange;

  private constructor(
    private readonly options: CloudonixOptions,
    doubts: Partial<Doubts>,
  ) {
    super();
    this.exchange = new CloudonixExchange(options, doubts);
  }

  static start(
    options: CloudonixOptions,
    doubts: Partial<Doubts> = {},
  ): Promise<SimulatedCloudonix> {
    return new SimulatedCloudonix(options, doubts).listen();
  }

  override async stop(): Promise<void> {
    this.exchange.stop();
    await super.stop();
  }

  protected override answer(
    { method, headers, url = '' }: IncomingMessage,
    text: string,
  ): ApiAnswer {
    const { domain, apiKey } = this.options;
    if (headers.authorization !== `Bearer ${apiKey}`) return refusal(401, 'Unauthorized');
    if (method === 'POST' && url === `/calls/${domain}/application`) {
      return this.dial(headers['content-type'] ?? '', text);
    }
    const sessions = `/customers/self/domains/${domain}/sessions/`;
    if (!url.startsWith(sessions)) return refusal(404, 'Not found');
    const token = url.slice(sessions.length);
    const call = this.exchange.calls.find((one) => one.token === token);
    if (!call || call.isOver) return refusal(404, 'No such session');
    if (method === 'GET') return [200, call.shown(domain)];
    if (method === 'DELETE') return this.hangUp(call);
    this.exchange.violations.push(`${method ?? ''} of a session`);
    return refusal(405, 'Method not allowed');
  }

  private hangUp(call: CloudonixCall): ApiAnswer {
    void this.exchange.end(call, call.answeredAt === null ? 'cancel' : 'completed');
    const status = this.exchange.doubts.hangsUpWith;
    return [status, status === 204 ? null : {}];
  }

  private dial(type: string, text: string): ApiAnswer {
    const asked = objectIn(type, text);
    const names = Object.keys(asked ?? {});
    const strange = names.find((name) => !KNOWN.has(name));
    if (asked === null || strange !== undefined) {
      this.exchange.violations.push(`a dial with ${strange ?? type}`);
      return refusal(400, 'Invalid request');
    }
    if (names.filter((name) => PROGRAMS.includes(name)).length !== 1) {
      return refusal(400, 'One of application, url and cxml is needed');
    }
    const { destination, 'caller-id': callerId, url, callback } = asked;
    if (typeof destination !== 'string' || !/^\+?[1-9]\d{6,14}$/.test(destination)) {
      return refusal(400, 'destination is no number');
    }
    if (typeof callerId !== 'string' || !this.options.numbers.includes(callerId)) {
      return refusal(403, 'caller-id is not yours');
    }
    const isUrl = (value: unknown): value is string =>
      typeof value === 'string' && value.startsWith('https://');
    if (!isUrl(url)) return refusal(400, 'url must be https');
    const told = isUrl(callback) ? callback : null;
    const { token, direction } = this.exchange.dial(destination, callerId, url, told);
    return [200, { domainId: 3, subscriberId: 372, destination, direction, token }];
  }
}

function objectIn(type: string, text: string): Readonly<Record<string, unknown>> | null {
  if (!/^application\/json\b/.test(type)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...value }
      : null;
  } catch {
    return null;
  }
}

import type { IncomingMessage } from 'node:http';
import { ApiServer, type ApiAnswer } from '../rest/api-server.js';
import { ExotelExchange } from './exchange.js';
import type { Doubts, ExotelOptions } from './exotel-options.js';

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

function refusal(status: number, message: string): ApiAnswer {
  return [status, { RestException: { Status: status, Message: message, Code: status } }];
}

/** A simulated Exotel: its Calls in front of an {@link ExotelExchange}. It takes nothing that it does not know. */
export class SimulatedExotel extends ApiServer {
  readonly exchange: ExotelExchange;

  private constructor(
    private readonly options: ExotelOptions,
    doubts: Partial<Doubts>,
  ) {
    super('/v1');
    this.exchange = new ExotelExchange(options, doubts);
  }

  static start(options: ExotelOptions, doubts: Partial<Doubts> = {}): Promise<SimulatedExotel> {
    return new SimulatedExotel(options, doubts).listen();
  }

  override async stop(): Promise<void> {
    this.exchange.stop();
    await super.stop();
  }

  protected override answer(
    { method, headers, url = '' }: IncomingMessage,
    text: string,
  ): ApiAnswer {
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

  private dial(type: string, text: string): ApiAnswer {
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

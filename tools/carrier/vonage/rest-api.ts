import type { IncomingMessage } from 'node:http';
import { ApiServer, type ApiAnswer } from '../rest/api-server.js';
import { changeFault, dialFault, digitsFault } from './api-rules.js';
import { VonageExchange } from './exchange.js';
import { TokenReader } from './signing.js';
import type { Action, VonageCall } from './vonage-call.js';
import type { Doubts, VonageOptions } from './vonage-options.js';

type Body = Record<string, unknown>;
const PREFIX = '/v1';
const ERRORS = 'https://developer.vonage.com/api-errors';

function refusal(status: number, code: string, title: string): ApiAnswer {
  return [
    status,
    { type: `${ERRORS}#${code}`, title, detail: title, instance: 'bf0ca0bf927b3b52' },
  ];
}

const NO_TOKEN: ApiAnswer = [401, { type: 'UNAUTHORIZED', error_title: 'Unauthorized' }];
const NO_SUCH = refusal(404, 'not-found', 'Not Found');
const BAD = refusal(400, 'bad-request', 'Bad Request');

/**
 * A simulated Vonage: its Voice API in front of a {@link VonageExchange}. It refuses what Vonage refuses, and takes
 * no field that it does not know.
 */
export class SimulatedVonage extends ApiServer {
  readonly exchange: VonageExchange;
  private readonly tokens: TokenReader;

  private constructor(
    private readonly options: VonageOptions,
    doubts: Partial<Doubts>,
  ) {
    super(PREFIX);
    this.exchange = new VonageExchange(options, doubts);
    this.tokens = new TokenReader(options.publicKey, options.applicationId);
  }

  static start(options: VonageOptions, doubts: Partial<Doubts> = {}): Promise<SimulatedVonage> {
    return new SimulatedVonage(options, doubts).listen();
  }

  override async stop(): Promise<void> {
    await this.exchange.stop();
    await super.stop();
  }

  protected override answer(request: IncomingMessage, text: string): ApiAnswer {
    const { method = '', headers, url = '' } = request;
    if (this.tokens.fault(headers.authorization) !== null) return NO_TOKEN;
    const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
    const [, kind, id = '', what = ''] = path.split('?', 1)[0]?.split('/') ?? [];
    if (kind !== 'calls') return NO_SUCH;
    if (method === 'GET' && id === '') return this.list();
    const body = method === 'GET' ? {} : bodyOf(text);
    if (body === null || (method !== 'GET' && !isJson(headers['content-type']))) return BAD;
    if (method === 'POST' && id === '') return this.dial(body);
    const call = this.exchange.calls.find((one) => one.id === decodeURIComponent(id));
    if (!call) return NO_SUCH;
    if (method === 'GET') return [200, shown(call)];
    return method === 'PUT' ? this.change(call, what, body) : NO_SUCH;
  }

  private list(): ApiAnswer {
    const calls = this.exchange.calls.map(shown);
    return [200, { count: calls.length, page_size: 10, record_index: 0, _embedded: { calls } }];
  }

  private dial(body: Body): ApiAnswer {
    const fault = dialFault(body);
    if (fault !== null) {
      this.exchange.violate(`a dial with a wrong ${fault}`);
      return BAD;
    }
    const { number } = body['from'] as { number: string };
    if (!this.options.numbers.includes(`+${number}`)) {
      return refusal(403, 'forbidden', 'Caller not allowed');
    }
    const call = this.exchange.dial(body);
    const { id: uuid, conversationId, direction } = call;
    return [201, { uuid, status: 'started', direction, conversation_uuid: conversationId }];
  }

  private change(call: VonageCall, what: string, body: Body): ApiAnswer {
    if (what !== '' && what !== 'dtmf') return NO_SUCH;
    const fault = what === 'dtmf' ? digitsFault(body) : changeFault(body);
    if (fault !== null) {
      this.exchange.violate(`a change with a wrong ${fault}`);
      return BAD;
    }
    if (call.state === 'over') return this.exchange.doubts.overStatus === 404 ? NO_SUCH : BAD;
    if (what === 'dtmf') {
      if (call.state !== 'answered') return BAD;
      call.digits.push(String(body['digits']));
      return [200, { message: 'DTMF sent', uuid: call.id }];
    }
    call.changes.push(String(body['action']));
    if (body['action'] === 'hangup') {
      this.exchange.end(call, call.state === 'answered' ? 'completed' : 'cancelled');
      return [204, null];
    }
    if (call.state !== 'answered') return BAD;
    const { ncco } = body['destination'] as { ncco?: Action[] };
    this.exchange.instruct(call, ncco ?? []);
    return [204, null];
  }
}

function shown(call: VonageCall): object {
  const { id: uuid, conversationId, direction, from, to, state, ended } = call;
  return {
    uuid,
    conversation_uuid: conversationId,
    status: state === 'over' ? ended : state,
    direction,
    from: { type: 'phone', number: from },
    to: { type: 'phone', number: to },
    ...(state === 'over' ? call.figures() : {}),
    _links: { self: { href: `/calls/${uuid}` } },
  };
}

function isJson(type: string | undefined): boolean {
  return type?.startsWith('application/json') ?? false;
}

function bodyOf(text: string): Body | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Body)
      : null;
  } catch {
    return null;
  }
}

import type { IncomingMessage } from 'node:http';
import { ApiServer, type ApiAnswer } from '../rest/api-server.js';
import { faultyField, isCommand } from './command-rules.js';
import { TelnyxExchange } from './exchange.js';
import type { TelnyxCall } from './telnyx-call.js';
import type { TelnyxOptions } from './telnyx-options.js';

type Body = Record<string, unknown>;
const PREFIX = '/v2';
const REPEATED_WITHIN_MS = 60_000;
const OK: ApiAnswer = [200, { data: { result: 'ok' } }];

function refusal(status: number, code: string, title: string, pointer?: string): ApiAnswer {
  const source = pointer === undefined ? {} : { source: { pointer } };
  return [status, { errors: [{ code, title, detail: title, ...source }] }];
}

const NO_KEY = refusal(401, '10009', 'Authentication failed');
const NO_SUCH = refusal(404, '10005', 'Resource not found');
const OVER = refusal(422, '90018', 'Call has already ended');
/** The codes of these two are not in the documents that we have. */
const NOT_YET = refusal(422, '90034', 'Call not answered yet');
const ALREADY = refusal(422, '90035', 'Call already answered');

/**
 * A simulated Telnyx: its API v2 for Call Control in front of an {@link TelnyxExchange}. It refuses what Telnyx
 * refuses, and takes no field that it does not know.
 */
export class SimulatedTelnyx extends ApiServer {
  readonly exchange: TelnyxExchange;

  private constructor(private readonly options: TelnyxOptions) {
    super(PREFIX);
    this.exchange = new TelnyxExchange(options);
  }

  static start(options: TelnyxOptions): Promise<SimulatedTelnyx> {
    return new SimulatedTelnyx(options).listen();
  }

  get publicKey(): string {
    return this.exchange.webhooks.key.publicKey;
  }

  override async stop(): Promise<void> {
    await this.exchange.stop();
    await super.stop();
  }

  protected override answer(request: IncomingMessage, text: string): ApiAnswer {
    const { method = '', headers, url = '' } = request;
    if (headers.authorization !== `Bearer ${this.options.apiKey}`) return NO_KEY;
    const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
    const [, kind, id = '', actions, name = ''] = path.split('?', 1)[0]?.split('/') ?? [];
    if (method === 'GET') return this.look(kind ?? '', decodeURIComponent(id));
    const body = bodyOf(text);
    if (method !== 'POST' || kind !== 'calls' || body === null) {
      this.exchange.violations.push(`${method} ${path}`);
      return body === null ? refusal(400, '10004', 'Bad Request') : NO_SUCH;
    }
    if (id === '') return this.dial(body);
    const call = this.exchange.calls.find((one) => one.id === decodeURIComponent(id));
    if (actions !== 'actions' || !isCommand(name) || !call) return NO_SUCH;
    return this.command(call, name, body);
  }

  private look(kind: string, id: string): ApiAnswer {
    const { connectionId, numbers, webhookUrl } = this.options;
    if (kind === 'call_control_applications' && id === connectionId) {
      const application = { id, active: true, webhook_api_version: '2' };
      return [200, { data: { ...application, webhook_event_url: webhookUrl } }];
    }
    if (kind === 'phone_numbers') {
      return [200, { data: numbers.map((number) => ({ phone_number: number })) }];
    }
    const call = this.exchange.calls.find((one) => one.id === id);
    return kind === 'calls' && call ? [200, { data: this.shown(call) }] : NO_SUCH;
  }

  private dial(body: Body): ApiAnswer {
    const fault = faultyField('dial', body);
    if (fault !== null) {
      this.exchange.violations.push(`a dial with a wrong ${fault}`);
      return refusal(422, '10015', 'Invalid parameter', `/${fault}`);
    }
    if (body['connection_id'] !== this.options.connectionId) {
      return refusal(422, '90015', 'Invalid Call Control App ID', '/connection_id');
    }
    if (!this.options.numbers.includes(String(body['from']))) {
      return refusal(403, '10010', 'Caller number not owned', '/from');
    }
    const call = this.exchange.dial(body);
    return [200, { data: { ...this.shown(call), is_alive: false } }];
  }

  private command(call: TelnyxCall, name: string, body: Body): ApiAnswer {
    const { exchange } = this;
    const fault = faultyField(name, body);
    if (fault !== null) {
      exchange.violations.push(`${name} with a wrong ${fault}`);
      return refusal(422, '10015', 'Invalid parameter', `/${fault}`);
    }
    const id = body['command_id'];
    if (typeof id !== 'string') exchange.violations.push(`${name} without a command_id`);
    const seenAt = call.seen.get(String(id));
    if (seenAt !== undefined && Date.now() - seenAt < REPEATED_WITHIN_MS) {
      return this.options.repeats === 'refused'
        ? refusal(422, '90036', 'Command already received')
        : OK;
    }
    if (call.state === 'over') return OVER;
    const isAnswered = call.state === 'answered';
    if (['answer', 'reject'].includes(name) ? isAnswered || call.direction === 'outgoing' : false) {
      return ALREADY;
    }
    if (['streaming_start', 'send_dtmf', 'transfer'].includes(name) && !isAnswered) return NOT_YET;
    call.seen.set(String(id), Date.now());
    call.commands.push(name);
    if (typeof body['client_state'] === 'string') call.clientState = body['client_state'];
    this.carryOut(call, name, body);
    return OK;
  }

  private carryOut(call: TelnyxCall, name: string, body: Body): void {
    const { exchange } = this;
    switch (name) {
      case 'answer':
        exchange.answer(call);
        if (body['stream_url'] !== undefined) void exchange.stream(call, body);
        return;
      case 'streaming_start':
        void exchange.stream(call, body);
        return;
      case 'streaming_stop':
        call.stream?.stop();
        return;
      case 'send_dtmf':
        call.digits.push(String(body['digits']));
        return;
      case 'transfer':
        exchange.transfer(call, body);
        return;
      case 'reject':
        exchange.end(call, body['cause'] === 'USER_BUSY' ? 'user_busy' : 'call_rejected', 'callee');
        return;
      default: {
        const cause = call.state === 'answered' ? 'normal_clearing' : 'originator_cancel';
        exchange.end(call, cause, call.direction === 'incoming' ? 'callee' : 'caller');
      }
    }
  }

  private shown(call: TelnyxCall): object {
    return {
      call_control_id: call.id,
      call_leg_id: call.legId,
      call_session_id: call.sessionId,
      client_state: call.clientState,
      is_alive: call.state !== 'over',
      record_type: 'call',
    };
  }
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

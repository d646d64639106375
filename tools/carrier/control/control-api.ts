import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alert } from '../alerts.js';
import type { CallBehaviour } from '../calls/call-behaviour.js';
import type { SimulatedCall } from '../calls/simulated-call.js';
import type { InboundCall } from '../calls/plan-inbound.js';
import { checkCredentials, readBody, send, sendJson } from '../rest/http-request.js';
import { notFound, TwilioError } from '../rest/twilio-error.js';
import type { RestFault } from '../rest/rest-fault.js';

/** What the control API shows and steers. */
export interface SteeredCarrier {
  /** Asked of each request, as HTTP credentials. */
  readonly accountSid: string;
  readonly authToken: string;
  /** Oldest first, as are the alerts. */
  readonly calls: readonly SimulatedCall[];
  readonly alerts: readonly Alert[];
  readonly violations: readonly Alert[];
  findCall(sid: string): SimulatedCall | undefined;
  /** @throws Error when nothing would answer */
  callIn(inbound: InboundCall): SimulatedCall;
  /** How calls to this number behave from now on; null: all that have no behaviour of their own. */
  behave(number: string | null, behaviour: CallBehaviour): void;
  /** The next REST requests that fit go wrong. */
  fault(fault: RestFault): void;
}

/** A call as the control API shows it. */
function callView(call: SimulatedCall): Record<string, unknown> {
  const { stream } = call;
  return {
    sid: call.sid,
    direction: call.direction,
    from: call.from,
    to: call.to,
    status: call.status,
    duration_seconds: call.durationSeconds,
    sip_code: call.sipCode,
    timeline: call.timeline,
    webhooks: call.webhooks.map(({ kind, status, latencyMs, dropped }) => ({
      kind,
      status,
      latency_ms: Math.round(latencyMs),
      dropped,
    })),
    stream: stream && {
      sid: stream.sid,
      open: stream.open,
      frames_sent: stream.framesSent,
      received_bytes: stream.recording.receivedBytes,
      heard_bytes: stream.recording.heardBytes,
      close_code: stream.closeCode,
    },
    echo: call.compareEcho(),
  };
}

/** `/control/…`: requests of a person or a CI job to the simulator itself, with JSON in and out. */
export class ControlApi {
  constructor(private readonly carrier: SteeredCarrier) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://carrier');
    try {
      checkCredentials(request, this.carrier.accountSid, this.carrier.authToken);
      const body = request.method === 'POST' ? parse(await readBody(request)) : {};
      const heard = /^\/control\/calls\/(\w+)\/heard\.wav$/.exec(pathname);
      if (heard && request.method === 'GET') {
        const wav = this.known(heard[1] ?? '', pathname).heardWav();
        return send(response, 200, wav, { 'Content-Type': 'audio/wav' });
      }
      const created = request.method === 'POST' && pathname === '/control/calls';
      const answer = this.answer(`${request.method ?? ''} ${pathname}`, pathname, body);
      sendJson(response, created ? 201 : 200, answer);
    } catch (error) {
      if (!(error instanceof TwilioError)) throw error;
      sendJson(response, error.status, error.toJson());
    }
  }

  private answer(route: string, path: string, body: Record<string, unknown>): unknown {
    const { carrier } = this;
    switch (route) {
      case 'GET /control/calls':
        return carrier.calls.map((call) => callView(call));
      case 'GET /control/violations':
        return carrier.violations;
      case 'GET /control/alerts':
        return carrier.alerts;
      case 'POST /control/calls':
        return callView(this.callIn(body));
      case 'POST /control/behaviour': {
        const { number = null, ...behaviour } = body as CallBehaviour & { number?: string | null };
        carrier.behave(number, behaviour);
        return { number, behaviour };
      }
      case 'POST /control/faults':
        carrier.fault(body);
        return body;
      default:
        return this.onCall(route, path, body);
    }
  }

  private onCall(route: string, path: string, body: Record<string, unknown>): unknown {
    const [, verb, sid = '', action] =
      /^(GET|POST) \/control\/calls\/(\w+)(?:\/(hangup|digits))?$/.exec(route) ?? [];
    if (verb === undefined || (verb === 'POST') !== (action !== undefined)) throw notFound(path);
    const call = this.known(sid, path);
    if (action === 'hangup') call.hangUp();
    if (action === 'digits') {
      const { digits } = body;
      if (typeof digits !== 'string' || !/^[0-9A-D#*]+$/.test(digits)) {
        throw new TwilioError(400, 20_001, 'digits must be made of 0-9 A-D # *');
      }
      call.sendDigits(digits);
    }
    return callView(call);
  }

  private callIn(body: InboundCall): SimulatedCall {
    try {
      return this.carrier.callIn(body);
    } catch (error) {
      throw new TwilioError(400, 20_001, error instanceof Error ? error.message : String(error));
    }
  }

  private known(sid: string, path: string): SimulatedCall {
    const call = this.carrier.findCall(sid);
    if (!call) throw notFound(path);
    return call;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The refusal below follows.
  }
  throw new TwilioError(400, 20_001, 'the body must be a JSON object');
}

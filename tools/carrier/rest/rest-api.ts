import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Alert } from '../alerts.js';
import type { CallPlan } from '../calls/call-plan.js';
import type { SimulatedCall } from '../calls/simulated-call.js';
import type { CarrierSettings } from '../carrier-options.js';
import type { FormFields } from '../form-fields.js';
import { field } from '../form-fields.js';
import { pause } from '../pause.js';
import { callJson } from './call-json.js';
import type { AccountRules } from './create-call.js';
import { readCreateCall } from './create-call.js';
import { checkCredentials, readForm, signsInAs, send, sendJson } from './http-request.js';
import { listAlerts } from './list-alerts.js';
import { listCalls, page } from './list-calls.js';
import type { PhoneNumber } from './phone-numbers.js';
import { phoneNumberJson, updatePhoneNumber } from './phone-numbers.js';
import { proxyPage, type RestFault, type RestFaults, type RestOperation } from './rest-fault.js';
import { notFound, TwilioError } from './twilio-error.js';
import { updateCall } from './update-call.js';

/** What the REST API needs from the carrier behind it. */
export interface RestBackend {
  readonly settings: CarrierSettings;
  readonly calls: readonly SimulatedCall[];
  readonly alerts: readonly Alert[];
  readonly phoneNumbers: readonly PhoneNumber[];
  readonly faults: RestFaults;
  readonly rules: AccountRules;
  readonly stopping: AbortSignal;
  /** This API's base URL, for the URLs of pages; known once it listens. */
  baseUrl(): string;
  findCall(sid: string): SimulatedCall | undefined;
  place(plan: CallPlan): SimulatedCall;
}

/** What a standard API key may not see. */
const ACCOUNTS = /^\/2010-04-01\/Accounts(?:\/[^/]+)?\.json$/;

interface Reply {
  status: number;
  body: unknown;
}

interface Action {
  operation: RestOperation;
  carryOut(form: FormFields): Reply;
}

/** `/2010-04-01/Accounts/{sid}/…` of Twilio's REST API, as far as calls need it, and the alerts of Twilio's Monitor API. */
export class RestApi {
  constructor(private readonly backend: RestBackend) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { settings } = this.backend;
    const url = new URL(request.url ?? '/', 'http://carrier');
    try {
      const key = settings.apiKeys.find(({ sid, secret }) => signsInAs(request, sid, secret));
      if (!key) checkCredentials(request, settings.accountSid, settings.authToken);
      if (key?.kind === 'standard' && ACCOUNTS.test(url.pathname)) {
        throw new TwilioError(401, 20_003, 'Authentication Error - invalid username');
      }
      const form = request.method === 'POST' ? await readForm(request) : [];
      const action = this.action(request.method ?? '', url);
      const to = field(form, 'To');
      const fault = this.backend.faults.take(action.operation, to);
      if (fault) return await this.misbehave(fault, action, form, response);
      const reply = action.carryOut(form);
      sendJson(response, reply.status, reply.body);
    } catch (error) {
      if (!(error instanceof TwilioError)) throw error;
      if (error.status !== 404) this.backend.rules.warn(error.code, `REST: ${error.message}`);
      sendJson(response, error.status, error.toJson());
    }
  }

  private action(method: string, url: URL): Action {
    const { pathname, searchParams: query } = url;
    if (pathname === '/v1/Alerts' && method === 'GET') return this.listAlerts(url);
    const [, account, rest = ''] =
      /^\/2010-04-01\/Accounts\/(AC\w+)(\/.*|\.json)$/.exec(pathname) ?? [];
    if (account !== this.backend.settings.accountSid) throw notFound(pathname);
    const reading = method === 'GET';
    const posting = method === 'POST';
    const [, callSid] = /^\/Calls\/(\w+)\.json$/.exec(rest) ?? [];
    const [, numberSid] = /^\/IncomingPhoneNumbers\/(\w+)\.json$/.exec(rest) ?? [];
    if (callSid) {
      if (reading) return this.fetchCall(callSid, pathname);
      if (posting) return this.updateCall(callSid, pathname);
    }
    if (numberSid) {
      if (reading) return this.onNumber(numberSid, pathname, () => undefined);
      if (posting) {
        return this.onNumber(numberSid, pathname, (number, form) =>
          updatePhoneNumber(number, form, this.backend.rules),
        );
      }
    }
    if (rest === '/Calls.json' && posting) return this.createCall();
    if (rest === '/Calls.json' && reading) return this.listCalls(query);
    if (rest === '/IncomingPhoneNumbers.json' && reading) return this.listNumbers(query);
    if (rest === '.json' && reading) return this.fetchAccount();
    throw notFound(pathname);
  }

  private createCall(): Action {
    return {
      operation: 'create',
      carryOut: (form) => {
        const call = this.backend.place(readCreateCall(form, this.backend.rules));
        return { status: 201, body: this.json(call, new Date()) };
      },
    };
  }

  private fetchCall(sid: string, path: string): Action {
    return {
      operation: 'fetch',
      carryOut: () => ({ status: 200, body: this.json(this.known(sid, path), this.asOf()) }),
    };
  }

  private updateCall(sid: string, path: string): Action {
    return {
      operation: 'update',
      carryOut: (form) => {
        const call = this.known(sid, path);
        updateCall(call, form, this.backend.rules);
        return { status: 200, body: this.json(call, new Date()) };
      },
    };
  }

  private listCalls(query: URLSearchParams): Action {
    const { calls, settings } = this.backend;
    return {
      operation: 'list',
      carryOut: () => {
        const asOf = this.asOf();
        const toJson = (call: SimulatedCall) => this.json(call, asOf);
        return { status: 200, body: listCalls(calls, query, settings.accountSid, asOf, toJson) };
      },
    };
  }

  private listNumbers(query: URLSearchParams): Action {
    const { accountSid } = this.backend.settings;
    const wanted = query.get('PhoneNumber')?.replaceAll('*', '') ?? '';
    const numbers = this.backend.phoneNumbers
      .filter(({ phoneNumber }) => phoneNumber.includes(wanted))
      .map((number) => phoneNumberJson(number, accountSid));
    const path = `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json`;
    return {
      operation: 'numbers',
      carryOut: () => ({ status: 200, body: page('incoming_phone_numbers', numbers, path, query) }),
    };
  }

  private onNumber(
    sid: string,
    path: string,
    change: (number: PhoneNumber, form: FormFields) => void,
  ): Action {
    return {
      operation: 'number',
      carryOut: (form) => {
        const number = this.backend.phoneNumbers.find((one) => one.sid === sid);
        if (!number) throw notFound(path);
        change(number, form);
        return { status: 200, body: phoneNumberJson(number, this.backend.settings.accountSid) };
      },
    };
  }

  private listAlerts(url: URL): Action {
    const { alerts, settings } = this.backend;
    return {
      operation: 'alerts',
      carryOut: () => {
        const about = { accountSid: settings.accountSid, baseUrl: this.backend.baseUrl() };
        return { status: 200, body: listAlerts(alerts, [...url.searchParams], about) };
      },
    };
  }

  private fetchAccount(): Action {
    const { accountSid: sid, accountType: type } = this.backend.settings;
    const uri = `/2010-04-01/Accounts/${sid}.json`;
    const body = { sid, friendly_name: 'Simulated carrier', status: 'active', type, uri };
    return { operation: 'account', carryOut: () => ({ status: 200, body }) };
  }

  private async misbehave(
    fault: RestFault,
    action: Action,
    form: FormFields,
    response: ServerResponse,
  ): Promise<void> {
    const { reply } = fault;
    if (typeof reply === 'object' && 'page' in reply) {
      await this.hide(reply.page, fault, action, form, response);
      return;
    }
    const refused = reply !== undefined && reply !== 'lost';
    const done = (fault.carriedOut ?? !refused) ? action.carryOut(form) : null;
    if (fault.delayMs !== undefined) await pause(fault.delayMs, this.backend.stopping);
    if (reply === 'lost' || (done === null && !refused)) {
      response.destroy();
    } else if (refused) {
      const {
        status,
        code = status === 429 ? 20_429 : 20_500,
        message = 'Simulated fault',
      } = reply;
      const body = reply.body ?? JSON.stringify(new TwilioError(status, code, message).toJson());
      send(response, status, body, { 'Content-Type': 'application/json', ...reply.headers });
    } else if (done !== null) sendJson(response, done.status, done.body);
  }

  /** Replaces the reply, whatever it was, with a proxy's page. */
  private async hide(
    status: number,
    fault: RestFault,
    action: Action,
    form: FormFields,
    response: ServerResponse,
  ): Promise<void> {
    try {
      if (fault.carriedOut ?? true) action.carryOut(form);
    } catch (error) {
      if (!(error instanceof TwilioError)) throw error;
    }
    if (fault.delayMs !== undefined) await pause(fault.delayMs, this.backend.stopping);
    send(response, status, proxyPage(status), { 'Content-Type': 'text/html' });
  }

  private known(sid: string, path: string): SimulatedCall {
    const call = this.backend.findCall(sid);
    if (!call) throw notFound(path);
    return call;
  }

  private json(call: SimulatedCall, asOf: Date): Record<string, unknown> {
    return callJson(call, this.backend.settings.accountSid, asOf);
  }

  /** Reads are eventually consistent (Twilio docs, Call resource). */
  private asOf(): Date {
    return new Date(Date.now() - this.backend.settings.listLagMs);
  }
}

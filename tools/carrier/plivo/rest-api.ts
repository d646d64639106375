import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExchangeCall } from './exchange-call.js';
import type { Switchboard } from './switchboard.js';
import { parameterFault, urlsIn } from './placing.js';

type Json = Readonly<Record<string, unknown>>;
type Send = (status: number, body?: object | string) => void;

/** The carrier's API. Paths are exact: their case and their last slash matter. */
export class RestApi {
  constructor(private readonly exchange: Switchboard) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const { exchange } = this;
    const { fault } = exchange;
    exchange.fault = null;
    const send: Send = (status, body) => {
      if (fault === 'reply-lost') return void request.socket.destroy();
      response.writeHead(status, { 'Content-Type': 'application/json' });
      if (body === undefined || typeof body === 'string') return void response.end(body);
      response.end(JSON.stringify({ api_id: randomUUID(), ...body }));
    };
    if (fault !== null && fault !== 'reply-lost') return send(fault.status, fault.body);
    const { options, doubts } = exchange;
    const { face, authId, authToken } = options;
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const root = `${face.root}/Account/`;
    if (!face.isAuthorised(request.headers, authId, authToken)) {
      const own = { error: 'authentication failed' };
      return send(
        401,
        doubts.refusalAs === 'json' ? own : 'Could not verify your access level for that URL.',
      );
    }
    if (!path.startsWith(`${root}${authId}/`)) return send(face.wrongPath, { error: 'not found' });
    const { method = '' } = request;
    this.route(method, path.slice(root.length + authId.length + 1), query, jsonIn(text), send);
  }

  private route(method: string, path: string, query: string, body: Json | null, send: Send): void {
    const { face } = this.exchange.options;
    const segments = path.split('/');
    if (path !== '' && segments.pop() !== '')
      return send(face.wrongPath, { error: 'no such page' });
    if (method === 'POST' && body === null) return send(400, { error: 'no JSON' });
    const [resource = '', id = '', deed = ''] = segments;
    switch (resource) {
      case '':
        return this.account(send);
      case 'Call':
        return id === ''
          ? this.collection(method, body ?? {}, send)
          : this.call(method, id, deed, query, body ?? {}, send);
      case 'Request':
        if (!face.cancelsRequests) break;
        return this.cancel(method, id, send);
      case 'Number':
      case 'Application':
        return this.numbers(method, resource, id, query, body ?? {}, send);
      default:
    }
    send(face.wrongPath, { error: 'no such page' });
  }

  private account(send: Send): void {
    send(200, {
      auth_id: this.exchange.options.authId,
      account_type: 'standard',
      billing_mode: 'prepaid',
      cash_credits: '23.79822',
    });
  }

  private collection(method: string, body: Json, send: Send): void {
    const { exchange } = this;
    if (method === 'GET') {
      const alive = exchange.calls.filter(({ state }) => state !== 'over' && state !== 'queued');
      return send(200, { calls: alive.map(({ id }) => id) });
    }
    if (method !== 'POST') return send(405, { error: 'method not allowed' });
    const fault = parameterFault(body, exchange.options);
    if (fault !== null) {
      exchange.violations.push(`a dial was refused: ${fault}`);
      return send(400, { error: fault });
    }
    const { oneId, placedStatus, requestAsList } = exchange.doubts;
    const requestId = randomUUID();
    const call = exchange.add({
      direction: 'outbound',
      from: String(body['from']),
      to: String(body['to']),
      urls: urlsIn(body),
      requestId,
      ...(oneId || exchange.options.face.oneId ? { id: requestId } : {}),
    });
    send(placedStatus, {
      message: 'call fired',
      request_uuid: requestAsList ? [requestId] : requestId,
    });
    exchange.onPlaced(call);
  }

  private call(
    method: string,
    id: string,
    deed: string,
    query: string,
    body: Json,
    send: Send,
  ): void {
    const { exchange } = this;
    const { cancelsRequests } = exchange.options.face;
    const call = exchange.calls.find(
      (one) => one.id === id || (one.state === 'queued' && one.requestId === id),
    );
    const isAlive = call !== undefined && call.state !== 'over';
    if (method === 'GET') {
      const wanted = new URLSearchParams(query).get('status');
      const isSo = wanted === 'live' ? call?.state !== 'queued' : call?.state === 'queued';
      if (!isAlive || !isSo) return send(404, { error: 'not found' });
      return send(200, { call_uuid: id, call_status: call.state, direction: call.direction });
    }
    // A call that waits for its turn is no call yet, where a request has a name of its own.
    if (!isAlive || (call.state === 'queued' && cancelsRequests)) {
      return send(404, { error: 'not found' });
    }
    if (method === 'DELETE' && deed === '') {
      send(204);
      this.afterwards(exchange.end(call, call.state === 'in-progress' ? 'api' : 'cancel'));
    } else if (method === 'POST' && deed === '') {
      this.transfer(call, body, send);
    } else if (method === 'POST' && deed === 'DTMF') {
      this.press(call, body, send);
    } else {
      send(405, { error: 'method not allowed' });
    }
  }

  private transfer(call: ExchangeCall, body: Json, send: Send): void {
    const { legs, aleg_url: url, aleg_method: method } = body;
    const isRight = legs === 'aleg' && typeof url === 'string' && method === 'POST';
    if (!isRight || call.state !== 'in-progress')
      return send(400, { error: 'cannot be transferred' });
    send(202, { message: 'call transfered', call_uuids: [call.id] });
    this.afterwards(this.exchange.redirect(call, url));
  }

  /** What follows a reply. */
  private afterwards(work: Promise<void>): void {
    work.catch((error: unknown) => this.exchange.violations.push(String(error)));
  }

  private press(call: ExchangeCall, { digits, leg }: Json, send: Send): void {
    if (typeof digits !== 'string' || !/^[0-9A-D*#wW]{1,32}$/.test(digits) || leg !== 'aleg') {
      this.exchange.violations.push('digits that cannot be pressed');
      return send(400, { error: 'digits' });
    }
    call.digits.push(digits);
    send(202, { message: 'digits sent' });
  }

  private cancel(method: string, id: string, send: Send): void {
    const call = this.exchange.calls.find(({ requestId }) => requestId === id);
    const isWaiting = call?.state === 'queued' || call?.state === 'ringing';
    if (method !== 'DELETE' || !call || !isWaiting) return send(404, { error: 'not found' });
    send(204);
    this.afterwards(this.exchange.end(call, 'cancel'));
  }

  private numbers(
    method: string,
    resource: 'Number' | 'Application',
    id: string,
    query: string,
    body: Json,
    send: Send,
  ): void {
    const { numbers } = this.exchange;
    if (method === 'GET' && id === '') {
      const offset = Number(new URLSearchParams(query).get('offset') ?? 0);
      const all: object[] = resource === 'Number' ? numbers.listed() : numbers.applications;
      return send(200, { objects: all.slice(offset, offset + 20) });
    }
    if (resource === 'Application') {
      if (method !== 'POST') return send(405, { error: 'method not allowed' });
      const saved = numbers.save(id === '' ? null : id, body);
      if (typeof saved === 'string') return send(400, { error: saved });
      return send(id === '' ? 201 : 202, { app_id: saved.app_id, message: 'saved' });
    }
    if (!numbers.owned.has(id)) return send(404, { error: 'not found' });
    if (method === 'GET') return send(200, numbers.shown(id, numbers.owned.get(id) ?? null));
    const { app_id: app } = body;
    if (!numbers.applications.some(({ app_id }) => app_id === app)) {
      return send(400, { error: 'no such application' });
    }
    numbers.owned.set(id, String(app));
    send(202, { message: 'changed' });
  }
}

function jsonIn(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Json)
      : null;
  } catch {
    return null;
  }
}

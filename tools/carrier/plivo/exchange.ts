import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Courier } from './courier.js';
import { ENDINGS, type EndingName, type ExchangeCall } from './exchange-call.js';
import { USUAL, type Doubts, type ExchangeOptions, type Fault } from './exchange-options.js';
import { ExchangeNumbers } from './numbers.js';
import { RestApi } from './rest-api.js';
import { InstructionRunner } from './runner.js';
import type { NewCall, Switchboard } from './switchboard.js';

/**
 * The side of Plivo, or of a carrier that speaks its protocol: API, callbacks, instructions and media, each as strict
 * as the documents. Every deviation is a violation. What happens to a call is told by who holds its strings: the
 * methods here, each of which resolves once the gateway has taken what it was told.
 */
export class PlivoExchange implements Switchboard {
  readonly calls: ExchangeCall[] = [];
  readonly violations: string[] = [];
  readonly doubts: Doubts;
  readonly courier: Courier;
  readonly numbers: ExchangeNumbers;
  /** What becomes of the next request to the API; null: nothing unusual. */
  fault: Fault | null = null;
  /** Called for every call that is placed. */
  onPlaced: (call: ExchangeCall) => void = () => undefined;
  private readonly runner: InstructionRunner;

  private constructor(
    private readonly server: Server,
    readonly options: ExchangeOptions,
    doubts: Partial<Doubts>,
  ) {
    this.doubts = { ...USUAL, ...doubts };
    const violation = (text: string): void => void this.violations.push(text);
    this.courier = new Courier(options, this.doubts, violation);
    this.numbers = new ExchangeNumbers(options);
    this.runner = new InstructionRunner(options, this.doubts, this.courier, {
      violation,
      end: (call, name) => this.end(call, name),
    });
  }

  static async start(
    options: ExchangeOptions,
    doubts: Partial<Doubts> = {},
  ): Promise<PlivoExchange> {
    const server = createServer((request, response) => void api.serve(request, response));
    const exchange = new PlivoExchange(server, options, doubts);
    const api = new RestApi(exchange);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return exchange;
  }

  get apiUrl(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.options.face.root}`;
  }

  async stop(): Promise<void> {
    for (const { streams } of this.calls) for (const stream of streams) stream.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  add(call: NewCall): ExchangeCall {
    const whole: ExchangeCall = {
      id: randomUUID(),
      requestId: null,
      state: 'queued',
      said: [],
      digits: [],
      streams: [],
      refusals: [],
      dial: null,
      ending: null,
      instructions: 0,
      ...call,
    };
    this.calls.push(whole);
    return whole;
  }

  /** The phone that we called rings. */
  async ring(call: ExchangeCall): Promise<void> {
    call.state = 'ringing';
    const { ringAt } = this.doubts;
    const url = ringAt === 'ring_url' ? call.urls.ring : call.urls.answer;
    await this.courier.tell(url, this.runner.fieldsOf(call, 'Ring', 'ringing'));
  }

  /** It is taken: the carrier asks what to do. Resolves once the call has what it was told first. */
  async answer(call: ExchangeCall): Promise<void> {
    call.state = 'in-progress';
    await this.runner.ask(call, call.urls.answer, 'StartApp');
  }

  /** Somebody calls a number of ours. */
  async callIn(from: string, to: string, urls: { answer: string; hangup: string }) {
    const call = this.add({
      direction: 'inbound',
      from: from.replace('+', ''),
      to: to.replace('+', ''),
      urls: { ...urls, ring: urls.hangup, machine: null },
    });
    call.state = 'ringing';
    await this.runner.ask(call, urls.answer, 'StartApp');
    return call;
  }

  /** A call ends, whoever ended it. Does nothing when it is over. */
  async end(call: ExchangeCall, name: EndingName = 'hangup', seconds = 3): Promise<void> {
    if (call.state === 'over') return;
    const wasAnswered = call.state === 'in-progress';
    call.state = 'over';
    call.instructions += 1;
    for (const stream of call.streams) stream.end();
    const ending = ENDINGS[name];
    call.ending = ending;
    await this.courier.tell(call.urls.hangup, {
      ...this.runner.fieldsOf(call, 'Hangup', ending.status),
      HangupCause: ending.cause.toUpperCase().replaceAll(' ', '_'),
      HangupCauseCode: ending.code,
      HangupCauseName: ending.cause,
      HangupSource: ending.source,
      Duration: String(wasAnswered ? seconds : 0),
      BillDuration: String(wasAnswered ? 60 : 0),
    });
  }

  /** The result of the detection, which was asked for when the call was placed. */
  async detect(call: ExchangeCall, isMachine: boolean): Promise<void> {
    if (call.urls.machine === null) throw new Error('no detection was asked for');
    await this.courier.tell(call.urls.machine, {
      ...this.runner.fieldsOf(call, 'MachineDetection', 'in-progress'),
      Machine: String(isMachine),
    });
  }

  /** The person who is being called takes the call, or ends it: with a conversation behind them, or without. */
  async personAnswers(call: ExchangeCall): Promise<void> {
    await this.runner.personAnswers(call);
  }

  async personEnds(call: ExchangeCall, name: EndingName = 'hangup'): Promise<void> {
    await this.runner.personEnds(call, name);
  }

  /** Another instruction is asked for in place of the present one. */
  async redirect(call: ExchangeCall, url: string): Promise<void> {
    await this.runner.ask(call, url, 'Redirect');
  }
}

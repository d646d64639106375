import { EventEmitter, setMaxListeners } from 'node:events';
import type { Alert, AlertDraft } from './alerts.js';
import { isViolation } from './alerts.js';
import type { CallBehaviour } from './calls/call-behaviour.js';
import { limitTalk, liveDialled, liveInbound, liveOutbound } from './calls/call-life.js';
import type { CallPlan } from './calls/call-plan.js';
import { CallQueue } from './calls/call-queue.js';
import type { CallStatus } from './calls/call-status.js';
import type { CarrierContext } from './calls/carrier-context.js';
import { SimulatedCall } from './calls/simulated-call.js';
import { StatusCallbacks } from './calls/status-callbacks.js';
import type { CarrierOptions, CarrierSettings } from './carrier-options.js';
import { carrierSettings, DEFAULT_NUMBER } from './carrier-options.js';
import { CarrierServer } from './carrier-server.js';
import type { InboundCall } from './calls/plan-inbound.js';
import { planInbound } from './calls/plan-inbound.js';
import type { ConnectStreamOptions, StreamConnection } from './media/connect-stream.js';
import { connectStream } from './media/connect-stream.js';
import { FrameClock } from './media/frame-clock.js';
import type { MediaStream } from './media/media-stream.js';
import { Network } from './network.js';
import type { Phone } from './phones/phone.js';
import { SeededRandom } from './random.js';
import type { AccountRules } from './rest/create-call.js';
import type { PhoneNumber } from './rest/phone-numbers.js';
import { newPhoneNumber } from './rest/phone-numbers.js';
import type { RestFault } from './rest/rest-fault.js';
import { RestFaults } from './rest/rest-fault.js';
import type { Webhook, WebhookRecord } from './webhooks/webhook.js';
import { WebhookClient } from './webhooks/webhook-client.js';

export interface CarrierEvents {
  /** A call was created, by REST or from outside. */
  call: [call: SimulatedCall];
  status: [call: SimulatedCall, status: CallStatus];
  /** A webhook was answered or given up, or dropped on purpose. */
  webhook: [record: WebhookRecord, call: SimulatedCall];
  /** A media stream has sent its `start`. */
  stream: [stream: MediaStream, call: SimulatedCall];
  /** An alert, as Twilio's Debugger would show it, or a notice. */
  alert: [alert: Alert];
  /** The errors and warnings among them. */
  violation: [alert: Alert];
}

/** Twilio's side of the wire on one machine: REST API, webhooks, media streams. */
export class SimulatedCarrier extends EventEmitter<CarrierEvents> {
  /** Every call since the start, or since the last {@link forgetEndedCalls}; oldest first. */
  readonly calls: SimulatedCall[] = [];
  /** Everything that Twilio's Debugger would show, and notices. */
  readonly alerts: Alert[] = [];
  readonly phoneNumbers: readonly PhoneNumber[];
  readonly settings: CarrierSettings;
  readonly network: Network;

  private readonly bySid = new Map<string, SimulatedCall>();
  private readonly phones = new Map<string, Phone>();
  private readonly behaviours: Map<string, CallBehaviour>;
  private behaviour: CallBehaviour;
  private readonly random: SeededRandom;
  private readonly clock = new FrameClock();
  private readonly queue: CallQueue;
  private readonly faults = new RestFaults();
  private readonly stopping = new AbortController();
  private readonly webhooks: WebhookClient;
  private readonly callbacks = new Map<string, StatusCallbacks>();
  private readonly lives = new Set<Promise<void>>();
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly context: CarrierContext;
  private readonly server: CarrierServer;

  /** The carrier listens when the promise resolves. */
  static async start(options: CarrierOptions = {}): Promise<SimulatedCarrier> {
    const carrier = new SimulatedCarrier(options);
    await carrier.server.listen();
    return carrier;
  }

  private constructor(options: CarrierOptions) {
    super();
    // Every request and pause under way listens to it.
    setMaxListeners(0, this.stopping.signal);
    this.settings = carrierSettings(options);
    this.network = new Network(options);
    this.behaviour = this.settings.behaviour;
    this.behaviours = new Map(Object.entries(options.behaviours ?? {}));
    this.phoneNumbers = (options.numbers ?? [DEFAULT_NUMBER]).map((one) => newPhoneNumber(one));
    this.random = new SeededRandom(this.settings.seed);
    this.queue = new CallQueue(this.settings.callsPerSecond);
    this.webhooks = new WebhookClient(
      this.network,
      {
        ...this.settings,
        retryPauseMs: this.settings.webhookRetryPauseMs,
        onProblem: ({ callSid }, code, message) =>
          this.alert({ code, level: 'warning', message, callSid }),
      },
      this.stopping.signal,
    );
    this.context = this.newContext();
    this.server = new CarrierServer({
      settings: this.settings,
      calls: this.calls,
      alerts: this.alerts,
      phoneNumbers: this.phoneNumbers,
      faults: this.faults,
      rules: this.newRules(),
      stopping: this.stopping.signal,
      baseUrl: () => this.baseUrl,
      findCall: (sid) => this.findCall(sid),
      place: (plan) => this.live(plan),
      carrier: this,
    });
  }

  /** The base URL of the REST API, e.g. `http://127.0.0.1:40123`. */
  get baseUrl(): string {
    return this.server.baseUrl;
  }

  get accountSid(): string {
    return this.settings.accountSid;
  }

  get authToken(): string {
    return this.settings.authToken;
  }

  /** Every protocol violation by the gateway, oldest first: the alerts without the notices. */
  get violations(): Alert[] {
    return this.alerts.filter((alert) => isViolation(alert));
  }

  findCall(sid: string): SimulatedCall | undefined {
    return this.bySid.get(sid);
  }

  /** Resolves with the first call that fits, whether it exists already or is still to come. */
  async waitForCall(fits: (call: SimulatedCall) => boolean = () => true): Promise<SimulatedCall> {
    const known = this.calls.find((call) => fits(call));
    if (known) return known;
    return new Promise((resolve) => {
      const look = (call: SimulatedCall) => {
        if (!fits(call)) return;
        this.off('call', look);
        resolve(call);
      };
      this.on('call', look);
    });
  }

  /** Sets how calls to this number behave from now on. Null: all calls that have no behaviour of their own. */
  behave(number: string | null, behaviour: CallBehaviour): void {
    if (number === null) this.behaviour = behaviour;
    else this.behaviours.set(number, behaviour);
  }

  /** Makes the next REST requests that fit go wrong. */
  fault(fault: RestFault): void {
    this.faults.add(fault);
  }

  clearFaults(): void {
    this.faults.clear();
  }

  /** Lets calls to this number ring that phone. Returns the function that removes the phone. */
  plugIn(number: string, phone: Phone): () => void {
    this.phones.set(number, phone);
    return () => {
      if (this.phones.get(number) === phone) this.phones.delete(number);
    };
  }

  /** Somebody calls one of the account's numbers. Throws when nothing would answer. */
  callIn(inbound: InboundCall = {}): SimulatedCall {
    const behaviour = { ...this.behaviourFor(inbound.to ?? ''), ...inbound.behaviour };
    return this.live(planInbound(inbound, this.phoneNumbers, behaviour));
  }

  /**
   * A phone calls a number. Whatever it is, it is taken for one of the account's: one that the account
   * does not have is answered as its first.
   */
  dial(from: string, to: string, phone: Phone): SimulatedCall {
    const [first] = this.phoneNumbers;
    const isOurs = this.phoneNumbers.some(({ phoneNumber }) => phoneNumber === to);
    const numbers = isOurs || !first ? this.phoneNumbers : [{ ...first, phoneNumber: to }];
    return this.live(planInbound({ from, to }, numbers, this.behaviourFor(to)), phone);
  }

  /** Opens a stream by hand through this carrier's network, signed with its token unless told otherwise. */
  connectStream(options: ConnectStreamOptions): Promise<StreamConnection> {
    const { authToken, accountSid } = this.settings;
    return connectStream({ authToken, accountSid, network: this.network, ...options });
  }

  /** Resolves when no call is live and no webhook is under way. */
  async idle(): Promise<void> {
    while (this.lives.size + this.underWay.size > 0) {
      await Promise.all([...this.lives, ...this.underWay]);
    }
  }

  /** Frees the memory of calls that are over; for long runs. */
  forgetEndedCalls(): void {
    const live = this.calls.filter((call) => !call.over.aborted || this.callbacks.has(call.sid));
    for (const call of this.calls) if (!live.includes(call)) this.bySid.delete(call.sid);
    this.calls.splice(0, this.calls.length, ...live);
  }

  /** Ends every call without telling the gateway. Leaves no timer, socket or server. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const call of this.calls) {
      for (const stream of call.streams) stream.destroy();
      call.end(call.answeredAt === null ? 'canceled' : 'completed', 487);
    }
    await this.idle();
    for (const call of this.calls) for (const stream of call.streams) stream.destroy();
    this.clock.stop();
    await this.server.close();
  }

  private behaviourFor(number: string): CallBehaviour {
    return { ...this.behaviour, ...this.behaviours.get(number) };
  }

  private phoneNumberSid(number: string): string | null {
    return this.phoneNumbers.find(({ phoneNumber }) => phoneNumber === number)?.sid ?? null;
  }

  /**
   * Begins a call's life, which runs by itself from here.
   * @param caller the phone that calls the account; null: a scripted caller
   */
  private live(plan: CallPlan, caller: Phone | null = null): SimulatedCall {
    const seed = this.random.between(1, 0x7fff_ffff);
    const call = new SimulatedCall(
      plan,
      seed,
      (one, status) => this.onStatus(one, status),
      plan.direction === 'inbound' ? caller : (this.phones.get(plan.to) ?? null),
    );
    const callbacks = new StatusCallbacks(call, this.context);
    this.calls.push(call);
    this.bySid.set(call.sid, call);
    this.callbacks.set(call.sid, callbacks);
    this.emit('call', call);
    const life = this.lifeOf(call)
      .then(() => callbacks.settled())
      .finally(() => {
        this.callbacks.delete(call.sid);
        this.lives.delete(life);
        call.settle();
      });
    this.lives.add(life);
    return call;
  }

  private lifeOf(call: SimulatedCall): Promise<void> {
    const { direction } = call;
    switch (direction) {
      case 'inbound':
        return liveInbound(call, this.context);
      case 'outbound-api':
        return liveOutbound(call, this.context);
      case 'outbound-dial':
        return liveDialled(call);
      default:
        return direction satisfies never;
    }
  }

  private onStatus(call: SimulatedCall, status: CallStatus): void {
    if (status === 'in-progress') limitTalk(call);
    if (!this.stopping.signal.aborted) this.callbacks.get(call.sid)?.fire(status);
    this.emit('status', call, status);
  }

  private alert(draft: AlertDraft): void {
    const alert = { ...draft, at: new Date() };
    this.alerts.push(alert);
    this.emit('alert', alert);
    if (isViolation(alert)) this.emit('violation', alert);
  }

  private newContext(): CarrierContext {
    const keep = (call: SimulatedCall, record: WebhookRecord) => {
      call.webhooks.push(record);
      this.emit('webhook', record, call);
      return record;
    };
    return {
      settings: this.settings,
      network: this.network,
      clock: this.clock,
      random: this.random,
      stopping: this.stopping.signal,
      alert: (draft) => this.alert(draft),
      send: async (call, webhook) => {
        const sending = this.webhooks.send({ ...webhook, callSid: call.sid });
        this.underWay.add(sending);
        const delivery = await sending;
        this.underWay.delete(sending);
        keep(call, delivery.record);
        return delivery;
      },
      drop: (call, webhook) => keep(call, droppedRecord({ ...webhook, callSid: call.sid })),
      streamStarted: (call, stream) => this.emit('stream', stream, call),
      dial: (plan) => this.live(plan),
      behaviourFor: (to) => this.behaviourFor(to),
      phoneNumberSid: (number) => this.phoneNumberSid(number),
      callSlot: (signal) => this.queue.slot(signal),
    };
  }

  private newRules(): AccountRules {
    return {
      allowPlainHttp: this.settings.allowPlainHttp,
      phoneNumberSid: (number) => this.phoneNumberSid(number),
      behaviourFor: (to) => this.behaviourFor(to),
      // Ending a call that has just ended is a race that cannot be avoided.
      warn: (code, message) =>
        this.alert({
          code,
          level: code === 21_220 ? 'notice' : 'warning',
          message,
          callSid: null,
        }),
    };
  }
}

function droppedRecord(webhook: Webhook): WebhookRecord {
  return {
    ...webhook,
    at: new Date(),
    attempts: [],
    status: null,
    latencyMs: 0,
    body: '',
    dropped: true,
  };
}

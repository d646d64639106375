import { setTimeout as sleep } from 'node:timers/promises';
import { localStream } from '../gateway-place.js';
import { FrameClock } from '../media/frame-clock.js';
import { TelnyxSocket } from './media-socket.js';
import { TelnyxCall, type Cause } from './telnyx-call.js';
import type { PhoneBehaviour, TelnyxOptions } from './telnyx-options.js';
import { TelnyxWebhooks } from './webhooks.js';

const SIP: Partial<Record<Cause, string>> = {
  user_busy: '486',
  call_rejected: '603',
  not_found: '404',
  no_answer: '480',
  timeout: '487',
  originator_cancel: '487',
  normal_clearing: '200',
  unspecified: '500',
};
const ENDS: Partial<Record<NonNullable<PhoneBehaviour['does']>, Cause>> = {
  busy: 'user_busy',
  rejects: 'call_rejected',
  'not-found': 'not_found',
  broken: 'unspecified',
};

/** The calls of the simulated Telnyx, their phones and their events. */
export class TelnyxExchange {
  readonly calls: TelnyxCall[] = [];
  readonly violations: string[] = [];
  readonly webhooks: TelnyxWebhooks;
  private readonly clock = new FrameClock();
  private readonly phones = new Map<string, PhoneBehaviour>();

  constructor(readonly options: TelnyxOptions) {
    this.webhooks = new TelnyxWebhooks(options.gateway, (what) => this.violations.push(what));
  }

  /** From now on the phone with this number does so. */
  behave(number: string, behaviour: PhoneBehaviour): void {
    this.phones.set(number, behaviour);
  }

  /** Somebody calls a number of the account's. */
  callIn(from: string, to: string): TelnyxCall {
    const { webhookUrl } = this.options;
    const call = this.add('incoming', from, to, webhookUrl);
    this.tell(call, 'call.initiated', { direction: 'incoming', state: 'parked' });
    return call;
  }

  dial(body: Readonly<Record<string, unknown>>): TelnyxCall {
    const url = textIn(body, 'webhook_url') ?? this.options.webhookUrl;
    const call = this.add('outgoing', String(body['from']), String(body['to']), url);
    call.clientState = (body['client_state'] as string | undefined) ?? null;
    call.detection = (body['answering_machine_detection'] as string | undefined) ?? null;
    this.ring(call, Number(body['timeout_secs'] ?? 30));
    return call;
  }

  /** Calls a person, and connects them with the caller once they answer. */
  transfer(caller: TelnyxCall, body: Readonly<Record<string, unknown>>): void {
    const url = textIn(body, 'webhook_url') ?? caller.webhookUrl;
    const from = textIn(body, 'from') ?? caller.to;
    const person = this.add('outgoing', from, String(body['to']), url, caller.sessionId);
    person.clientState = (body['target_leg_client_state'] as string | undefined) ?? null;
    caller.webhookUrl = url;
    [caller.person, person.caller] = [person, caller];
    this.ring(person, Number(body['timeout_secs'] ?? 30));
  }

  answer(call: TelnyxCall): void {
    if (call.state !== 'ringing') return;
    call.state = 'answered';
    this.tell(call, 'call.answered', { state: 'answered' });
    const { machine = 'human', hangUpAfterMs = null } = call.behaviour;
    if (call.detection !== null) {
      this.tell(call, 'call.machine.detection.ended', { result: machine });
      if (call.detection === 'greeting_end' && machine === 'machine') {
        this.tell(call, 'call.machine.greeting.ended', { result: 'beep_detected' });
      }
    }
    const { caller } = call;
    if (caller) {
      caller.isBridged = call.isBridged = true;
      this.tell(call, 'call.bridged', { state: 'bridged' });
      this.tell(caller, 'call.bridged', { state: 'bridged' });
    }
    if (hangUpAfterMs !== null) call.after(hangUpAfterMs, () => this.hangUp(call));
  }

  /** The phone hangs up, or gives up. */
  hangUp(call: TelnyxCall): void {
    const cause = call.state === 'answered' ? 'normal_clearing' : 'originator_cancel';
    this.end(call, cause, call.direction === 'incoming' ? 'caller' : 'callee');
  }

  end(call: TelnyxCall, cause: Cause, source: 'caller' | 'callee' | 'unknown' = 'unknown'): void {
    if (call.state === 'over') return;
    const { person, caller, isBridged } = call;
    call.state = 'over';
    call.cause = cause;
    for (const timer of call.timers) clearTimeout(timer);
    for (const stream of call.streams) stream.stop();
    this.tell(call, 'call.hangup', {
      state: 'hangup',
      hangup_cause: cause,
      hangup_source: source,
      sip_hangup_cause: SIP[cause] ?? 'unspecified',
      end_time: new Date().toISOString(),
    });
    if (person)
      this.end(person, person.state === 'answered' ? 'normal_clearing' : 'originator_cancel');
    // Two who were connected part together; a caller whose transfer failed stays.
    if (caller && isBridged) this.end(caller, 'normal_clearing', 'callee');
  }

  /** Opens a stream; Telnyx tells how that went. */
  async stream(call: TelnyxCall, body: Readonly<Record<string, unknown>>): Promise<void> {
    const { gateway } = this.options;
    if (body['stream_bidirectional_mode'] !== 'rtp')
      this.violations.push('a stream that only listens');
    if (body['stream_bidirectional_codec'] !== 'PCMU') this.violations.push('a codec of no use');
    const codec = call.behaviour.codec ?? 'PCMU';
    const socket = new TelnyxSocket(
      {
        call_control_id: call.id,
        call_session_id: call.sessionId,
        from: call.from,
        to: call.to,
        client_state: call.clientState,
      },
      codec,
      this.clock,
      (what) => this.violations.push(what),
    );
    call.streams.push(socket);
    const status = await socket.open(localStream(gateway, String(body['stream_url'])));
    if (status === 101) this.tell(call, 'streaming.started', { stream_id: socket.id });
    else {
      this.violations.push(`the stream was refused with ${status}`);
      this.tell(call, 'streaming.failed', { failure_reason: 'connection_failed' });
    }
  }

  tell(call: TelnyxCall, type: string, more: object = {}): void {
    this.webhooks.tell(type, call.payload(more), call.webhookUrl);
  }

  async stop(): Promise<void> {
    for (const { timers, streams } of this.calls) {
      for (const timer of timers) clearTimeout(timer);
      for (const stream of streams) stream.cut();
    }
    this.clock.stop();
    await Promise.race([this.webhooks.idle(), sleep(1_000, undefined, { ref: false })]);
  }

  private ring(call: TelnyxCall, timeoutSeconds: number): void {
    const { ringMs = 30, does = 'answers' } = call.behaviour;
    this.tell(call, 'call.initiated', { direction: 'outgoing', state: 'bridging' });
    if (does === 'silent') {
      call.after(timeoutSeconds * 1_000, () => this.end(call, 'timeout'));
      return;
    }
    const cause = ENDS[does];
    call.after(ringMs, () => (cause ? this.end(call, cause, 'callee') : this.answer(call)));
  }

  private add(
    direction: TelnyxCall['direction'],
    from: string,
    to: string,
    url: string,
    session?: string,
  ): TelnyxCall {
    const behaviour = this.phones.get(direction === 'incoming' ? from : to) ?? {};
    const { connectionId } = this.options;
    const call = new TelnyxCall(direction, from, to, url, connectionId, behaviour, session);
    this.calls.push(call);
    return call;
  }
}

function textIn(body: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

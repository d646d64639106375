import { setTimeout as sleep } from 'node:timers/promises';
import { FrameClock } from '../media/frame-clock.js';
import { NccoRunner } from './ncco-runner.js';
import type { Switchboard } from './switchboard.js';
import { VonageCall, type Action, type End } from './vonage-call.js';
import {
  USUAL_DOUBTS,
  type Doubts,
  type PhoneBehaviour,
  type VonageOptions,
} from './vonage-options.js';
import { VonageWebhooks } from './webhooks.js';

const ENDS: Partial<Record<NonNullable<PhoneBehaviour['does']>, [End, detail: string]>> = {
  busy: ['busy', ''],
  rejects: ['rejected', 'declined'],
  unavailable: ['unanswered', 'unavailable'],
  broken: ['failed', 'cannot_route'],
};

/** The calls of the simulated Vonage, their phones, and what is told of them. */
export class VonageExchange implements Switchboard {
  readonly calls: VonageCall[] = [];
  readonly violations: string[] = [];
  readonly webhooks: VonageWebhooks;
  readonly doubts: Doubts;
  private readonly clock = new FrameClock();
  private readonly phones = new Map<string, PhoneBehaviour>();
  private readonly runner: NccoRunner;

  constructor(
    readonly options: VonageOptions,
    doubts: Partial<Doubts> = {},
  ) {
    this.doubts = { ...USUAL_DOUBTS, ...doubts };
    const { signatureSecret: secret, apiKey, applicationId, gateway } = options;
    const signature = { secret, apiKey, applicationId };
    this.webhooks = new VonageWebhooks(gateway, signature, this.doubts, this.violate);
    this.runner = new NccoRunner(this, this.clock);
  }

  readonly violate = (what: string): void => {
    this.violations.push(what);
  };

  /** From now on the phone with this number, in E.164, does so. */
  behave(number: string, behaviour: PhoneBehaviour): void {
    this.phones.set(digits(number), behaviour);
  }

  /** Somebody calls a number of the account's; both in E.164. */
  callIn(from: string, to: string): VonageCall {
    const { answerUrl, eventUrl } = this.options;
    const call = this.add('inbound', digits(from), digits(to), answerUrl, eventUrl);
    call.state = 'ringing';
    this.tell(call, 'started');
    this.tell(call, 'ringing');
    void this.runner.begin(call, this.options.answerMethod ?? 'POST');
    return call;
  }

  dial(body: Readonly<Record<string, unknown>>): VonageCall {
    const { number: from } = body['from'] as { number: string };
    const [{ number: to }] = body['to'] as [{ number: string }];
    const [answerUrl = ''] = (body['answer_url'] as string[] | undefined) ?? [];
    const [eventUrl = this.options.eventUrl] = (body['event_url'] as string[] | undefined) ?? [];
    const call = this.add('outbound', from, to, answerUrl, eventUrl);
    call.detection = (body['advanced_machine_detection'] as Action | undefined) ?? null;
    this.ring(call, Number(body['ringing_timer'] ?? 60), () => {
      void this.runner.begin(call, body['answer_method'] === 'POST' ? 'POST' : 'GET');
    });
    return call;
  }

  person(caller: VonageCall, action: Action): VonageCall {
    const [{ number }] = action['endpoint'] as [{ number: string }];
    const [eventUrl = caller.eventUrl] = (action['eventUrl'] as string[] | undefined) ?? [];
    const { from = caller.to } = action as { from?: string };
    const person = this.add('outbound', from, number, '', eventUrl, caller.conversationId);
    [person.caller, caller.person] = [caller, person];
    this.ring(person, Number(action['timeout'] ?? 60), () => undefined);
    return person;
  }

  /** The phone hangs up, or gives up. */
  hangUp(call: VonageCall): void {
    const isInboundGivenUp = call.direction === 'inbound' && call.state !== 'answered';
    this.end(call, call.state === 'answered' || isInboundGivenUp ? 'completed' : 'unanswered');
  }

  end(call: VonageCall, how: End, detail = ''): void {
    if (call.state === 'over') return;
    call.state = 'over';
    call.ended = how;
    call.endedAt = new Date();
    call.dropTimers();
    this.runner.leave(call);
    // A rejected call ends with that word; every other end is followed by `completed`, which may overtake it.
    const last = how === 'rejected' || how === 'completed' ? [] : ['completed'];
    const words = [how, ...last];
    if (this.webhooks.delivery.completedFirst) words.reverse();
    for (const word of words) {
      const more = word === 'completed' ? call.figures() : detail === '' ? {} : { detail };
      if (call.caller) void this.runner.personTold(call.caller, call, word, more);
      else this.tell(call, word, more);
    }
  }

  answer(call: VonageCall): void {
    if (call.state === 'answered' || call.state === 'over') return;
    call.state = 'answered';
    call.answeredAt = new Date();
    if (call.caller) void this.runner.personTold(call.caller, call, 'answered');
    else this.tell(call, 'answered', { start_time: null });
    this.detect(call);
    const { hangUpAfterMs = null } = call.behaviour;
    if (hangUpAfterMs !== null) call.after(hangUpAfterMs, () => this.hangUp(call));
  }

  /** The call does something else from now on. */
  instruct(call: VonageCall, ncco: readonly Action[]): void {
    this.runner.run(call, ncco);
  }

  tell(call: VonageCall, status: string, more: object = {}): void {
    this.webhooks.tell(status, call.payload(status, more), call.eventUrl);
  }

  async stop(): Promise<void> {
    for (const call of this.calls) {
      call.dropTimers();
      call.state = 'over';
      for (const stream of call.streams) stream.cut();
    }
    this.clock.stop();
    await Promise.race([this.webhooks.idle(), sleep(1_000, undefined, { ref: false })]);
  }

  private detect(call: VonageCall): void {
    if (call.detection === null) return;
    const { machine = 'human' } = call.behaviour;
    const about = { call_uuid: call.id, conversation_uuid: call.conversationId };
    const tell = (more: object): void => {
      const { uuid: _, ...payload } = call.payload(machine, { ...about, ...more });
      this.webhooks.tell(machine, payload, call.eventUrl);
    };
    tell({});
    if (machine === 'machine' && call.detection['mode'] === 'detect_beep') {
      tell({ sub_state: 'beep_start' });
    }
  }

  private ring(call: VonageCall, timeoutSeconds: number, answered: () => void): void {
    const { ringMs = 30, does = 'answers' } = call.behaviour;
    const tell = (word: string): void => {
      if (call.caller) void this.runner.personTold(call.caller, call, word);
      else this.tell(call, word);
    };
    tell('started');
    call.after(ringMs, () => {
      // Whoever drives the call was faster than its phone.
      if (call.state !== 'started') return;
      const ending = ENDS[does];
      if (ending && does !== 'busy') return this.end(call, ...ending);
      call.state = 'ringing';
      tell('ringing');
      if (ending) return this.end(call, ...ending);
      if (does === 'silent') {
        return call.after(timeoutSeconds * 1_000, () => this.end(call, 'timeout'));
      }
      this.answer(call);
      answered();
    });
  }

  private add(
    direction: VonageCall['direction'],
    from: string,
    to: string,
    answerUrl: string,
    eventUrl: string,
    conversation?: string,
  ): VonageCall {
    const behaviour = this.phones.get(direction === 'inbound' ? from : to) ?? {};
    const call = new VonageCall(direction, from, to, answerUrl, eventUrl, behaviour, conversation);
    this.calls.push(call);
    return call;
  }
}

function digits(number: string): string {
  return number.replace(/^\+/, '');
}
